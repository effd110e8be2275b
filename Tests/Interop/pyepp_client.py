"""pyepp 0.3.2: login, hello, check, info, logout over mutual TLS."""

import os

# pyepp trusts the system's authorities only; OpenSSL reads this at the first context.
os.environ["SSL_CERT_FILE"] = os.environ["EPP_CA"]

from pyepp import Domain, EppCommunicator

epp = EppCommunicator(os.environ["EPP_HOST"], os.environ["EPP_PORT"], os.environ["EPP_CERT"], os.environ["EPP_KEY"])
greeting = epp.connect()
assert b"<greeting>" in greeting, greeting
reply = epp.login(os.environ["EPP_USER"], os.environ["EPP_PASSWORD"])  # asks for secDNS-1.1
assert reply.code == 1000, reply
assert b"<greeting>" in epp.hello()

domain = Domain(epp)
reply = domain.check(["example.gov", "not-taken-by-anyone.gov"], client_transaction_id="pyepp-check-1")
assert reply.code == 1000, reply
assert reply.client_transaction_id == "pyepp-check-1", reply
assert reply.result_data["example.gov"]["avail"] is False, reply.result_data
assert reply.result_data["example.gov"]["reason"], reply.result_data
assert reply.result_data["not-taken-by-anyone.gov"]["avail"] is True, reply.result_data

reply = domain.info("example.gov")
assert reply.code == 1000, reply
data = reply.result_data
domain_name = data.domain_name if hasattr(data, "domain_name") else data["domain_name"]
assert domain_name == "example.gov", data
assert reply.repository_object_id, reply
reply = domain.info("not-taken-by-anyone.gov")
assert reply.code == 2303, reply

reply = epp.logout()
assert reply.code == 1500, reply
print("login, hello, check, info, logout")
