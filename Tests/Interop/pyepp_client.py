"""pyepp 0.3.2: every command that it has, over mutual TLS, as two registrars."""

import os

# pyepp trusts the system's authorities only; OpenSSL reads this at the first context.
os.environ["SSL_CERT_FILE"] = os.environ["EPP_CA"]

from datetime import datetime

from pyepp import Contact, Domain, EppCommunicator, Host, Poll
from pyepp.contact import AddressData, ContactData, PostalInfoData
from pyepp.domain import DomainData
from pyepp.host import HostData, IPAddressData


def communicator():
    return EppCommunicator(
        os.environ["EPP_HOST"], os.environ["EPP_PORT"], os.environ["EPP_CERT"], os.environ["EPP_KEY"])


def expect(reply, *codes):
    assert int(reply.code) in (codes or (1000,)), reply
    return reply


epp = communicator()
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

contact = Contact(epp)
for name in ("pyepp-1", "pyepp-2"):
    address = AddressData(street_1="1 Main St", city="Dulles", country_code="US")
    expect(contact.create(ContactData(
        id=name, email="jo@example.gov", phone="+1.7035555555", password="2fooBAR",
        postal_info=PostalInfoData(name="Jo Doe", address=address, type="int")), "pyepp-contact"))
reply = expect(contact.check(["pyepp-1", "pyepp-3"], client_transaction_id="pyepp-check-2"))
expect(contact.update(ContactData(id="pyepp-2", email="other@example.gov"), client_transaction_id="pyepp-update-1"))
reply = expect(contact.info("pyepp-2", "pyepp-info-1"))
assert reply.result_data.email == "other@example.gov", reply.result_data
expect(contact.delete("pyepp-2", "pyepp-delete-1"))
expect(contact.info("pyepp-2", "pyepp-info-2"), 2303)

for name in ("pyepp.gov", "pyepp-2.gov"):
    expect(domain.create(
        DomainData(domain_name=name, period=1, registrant="pyepp-1", admin="pyepp-1", password="2fooBAR"), "pyepp-3"))
expect(domain.create(DomainData(domain_name="pyepp.gov", period=1, registrant="pyepp-1"), "pyepp-4"), 2302)
host = Host(epp)
expect(host.create(HostData("ns1.pyepp.gov", address=[IPAddressData("192.0.2.1", "v4")]), "pyepp-5"))
expect(host.check(["ns1.pyepp.gov"], client_transaction_id="pyepp-6"))
expect(host.update("ns1.pyepp.gov", add_ip_address=[IPAddressData("2001:db8::1", "v6")],
                   client_transaction_id="pyepp-7"))
reply = expect(host.info("ns1.pyepp.gov", "pyepp-8"))
expect(domain.update("pyepp.gov", add_hosts=["ns1.pyepp.gov"], client_transaction_id="pyepp-9"))
expect(host.delete("ns1.pyepp.gov", "pyepp-10"), 2305)
data = expect(domain.info("pyepp.gov")).result_data
assert data.host == ["ns1.pyepp.gov"], data
expiry = datetime.fromisoformat(data.expiry_date.replace("Z", "+00:00"))
expect(domain.renew("pyepp.gov", expiry, 1, "pyepp-11"))
expect(domain.renew("pyepp.gov", expiry, 1, "pyepp-12"), 2004, 2306)

# Another registrar asks for the domain, which is all of a transfer that pyepp has; this one reads so in its queue.
other = communicator()
other.connect()
expect(other.login(os.environ["EPP_OTHER_USER"], os.environ["EPP_PASSWORD"]))
expect(Domain(other).transfer("pyepp.gov", "wrong", 1, "pyepp-13"), 2202)
expect(Domain(other).transfer("pyepp.gov", "2fooBAR", 1, "pyepp-14"), 1001)
poll = Poll(epp)
reply = expect(poll.request("pyepp-15"), 1301)
while reply.code == 1301:
    last = reply.result_data
    if last.message_count > 1:
        expect(poll.acknowledge(last.message_id, "pyepp-16"))
    else:
        # Where the queue is empty then, the reply has no msgQ, and pyepp's reading of it fails.
        try:
            poll.acknowledge(last.message_id, "pyepp-16")
        except AttributeError:
            pass
    reply = expect(poll.request("pyepp-17"), 1300, 1301)
expect(domain.delete("pyepp.gov", "pyepp-18"), 2304)
expect(domain.delete("pyepp-2.gov", "pyepp-19"), 1000, 1001)
expect(other.logout(), 1500)

reply = epp.logout()
assert reply.code == 1500, reply
print("login, hello, check, info, create, update, renew, transfer (request), poll, delete, logout")
