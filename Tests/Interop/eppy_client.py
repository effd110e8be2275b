"""eppy (PyPI's EPP 0.9.1): login, hello, check, info, logout over mutual TLS."""

import os
import socket
import ssl

# Python 3.12 took away the two names of `ssl` that eppy calls; it is not eppy's connecting that is tested here.
if not hasattr(ssl, "wrap_socket"):

    def wrap_socket(sock, keyfile, certfile, ssl_version=None, ciphers=None, server_side=False, cert_reqs=0, ca_certs=None):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(ca_certs)
        context.load_cert_chain(certfile, keyfile)
        return context.wrap_socket(sock, server_hostname=os.environ["EPP_HOST"])

    ssl.wrap_socket = wrap_socket
    ssl.match_hostname = lambda certificate, host: None  # done by the context above
    ssl.CertificateError = ssl.SSLCertVerificationError

from eppy.client import EppClient
from eppy.doc import EppCheckDomainCommand, EppInfoDomainCommand
from eppy.exceptions import EppLoginError

host, port = os.environ["EPP_HOST"], int(os.environ["EPP_PORT"])


def connect():
    client = EppClient(
        port=port, ssl_keyfile=os.environ["EPP_KEY"], ssl_certfile=os.environ["EPP_CERT"],
        ssl_cacerts=os.environ["EPP_CA"], socket_timeout=10, socket_connect_timeout=10)
    client.connect(host)
    return client


client = connect()
menu = client.greeting["epp"]["greeting"]["svcMenu"]
assert "urn:ietf:params:xml:ns:domain-1.0" in menu["objURI"], client.greeting
reply = client.login(os.environ["EPP_USER"], os.environ["EPP_PASSWORD"], clTRID="eppy-login-1")
assert reply.success and reply.code == "1000", reply
assert reply["epp"]["response"]["trID"]["clTRID"] == "eppy-login-1", reply

greeting = client.hello()
assert greeting["epp"]["greeting"]["svID"], greeting

check = EppCheckDomainCommand()
check.name = ["example.gov", "not-taken-by-anyone.gov"]
reply = client.send(check)  # eppy gives a check no clTRID: the reply must not have one either
assert reply.success, reply
answers = {cd["name"]["_text"]: cd["name"]["@avail"] for cd in reply.resData["domain:chkData"]["cd"]}
assert answers == {"example.gov": "0", "not-taken-by-anyone.gov": "1"}, answers
assert "clTRID" not in reply["epp"]["response"]["trID"], reply

info = EppInfoDomainCommand()
info.name = "example.gov"
reply = client.send(info)
assert reply.success, reply
assert reply.resData["domain:infData"]["name"] == "example.gov", reply
info.name = "not-taken-by-anyone.gov"
reply = client.send(info)
assert reply.code == "2303", reply

reply = client.logout()
assert reply.code == "1500", reply
assert client.sock.recv(1) == b"", "the server keeps the connection open after logout"
client.close()

client = connect()
try:
    client.login(os.environ["EPP_USER"], "not-the-password")
    raise AssertionError("a wrong password logged in")
except EppLoginError as error:
    assert error.resp.code == "2200", error.resp
client.close()

print("login, hello, check, info, logout")
