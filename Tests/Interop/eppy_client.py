"""eppy (PyPI's EPP 0.9.1): every command that it has, over mutual TLS, as two registrars."""

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
from eppy.doc import (
    EppCheckContactCommand,
    EppCheckDomainCommand,
    EppCheckHostCommand,
    EppCreateContactCommand,
    EppCreateDomainCommand,
    EppCreateHostCommand,
    EppDeleteContactCommand,
    EppDeleteDomainCommand,
    EppDeleteHostCommand,
    EppInfoContactCommand,
    EppInfoDomainCommand,
    EppInfoHostCommand,
    EppPollCommand,
    EppRenewDomainCommand,
    EppTransferDomainCommand,
    EppUpdateContactCommand,
    EppUpdateDomainCommand,
    EppUpdateHostCommand,
)
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



def do(command, on=client, codes=("1000",), **fields):
    """Sends a command with these fields and gives the reply, which must have one of these codes."""
    for name, value in fields.items():
        setattr(command, name, value)
    command.add_clTRID()
    reply = on.send(command)
    assert reply.code in codes, (command, reply)
    return reply


# A contact, a domain, a host beneath it, and changes of each.
address = {"street": ["1 Main St"], "city": "Dulles", "sp": "VA", "pc": "20166", "cc": "US"}
for contact in ("eppy-1", "eppy-2"):
    do(EppCreateContactCommand(), id=contact, postalInfo={"@type": "int", "name": "Jo Doe", "addr": address},
       voice="+1.7035555555", email="jo@example.gov", authInfo={"pw": "2fooBAR"})
reply = do(EppCheckContactCommand(), id=["eppy-1", "eppy-3"])
answers = {cd["id"]["_text"]: cd["id"]["@avail"] for cd in reply.resData["contact:chkData"]["cd"]}
assert answers == {"eppy-1": "0", "eppy-3": "1"}, answers
do(EppUpdateContactCommand(), id="eppy-2", chg={"email": "other@example.gov"})
reply = do(EppInfoContactCommand(), id="eppy-2")
assert reply.resData["contact:infData"]["email"] == "other@example.gov", reply
do(EppDeleteContactCommand(), id="eppy-2")
do(EppInfoContactCommand(), id="eppy-2", codes=("2303",))

do(EppCreateDomainCommand(), name="eppy.gov", period={"@unit": "y", "_text": "1"}, registrant="eppy-1",
   contact=[{"@type": "admin", "_text": "eppy-1"}], authInfo={"pw": "2fooBAR"})
do(EppCreateDomainCommand(), name="eppy.gov", authInfo={"pw": "2fooBAR"}, codes=("2302",))
do(EppCreateHostCommand(), name="ns1.eppy.gov", addr=[{"@ip": "v4", "_text": "192.0.2.1"}])
do(EppUpdateHostCommand(), name="ns1.eppy.gov", add={"addr": [{"@ip": "v6", "_text": "2001:db8::1"}]})
reply = do(EppInfoHostCommand(), name="ns1.eppy.gov")
assert len(reply.resData["host:infData"]["addr"]) == 2, reply
reply = do(EppCheckHostCommand(), name=["ns1.eppy.gov"])
assert reply.resData["host:chkData"]["cd"][0]["name"]["@avail"] == "0", reply
do(EppUpdateDomainCommand(), name="eppy.gov", add={"ns": {"hostObj": ["ns1.eppy.gov"]}})
do(EppDeleteHostCommand(), name="ns1.eppy.gov", codes=("2305",))
info = do(EppInfoDomainCommand(), name="eppy.gov").resData["domain:infData"]
assert info["ns"]["hostObj"] == ["ns1.eppy.gov"], info
do(EppRenewDomainCommand(), name="eppy.gov", curExpDate=info["exDate"][:10], period={"@unit": "y", "_text": "1"})
do(EppRenewDomainCommand(), name="eppy.gov", curExpDate=info["exDate"][:10], codes=("2004", "2306"))

# Another registrar asks for the domain; this one reads so in its queue and lets it go.
other = connect()
other.login(os.environ["EPP_OTHER_USER"], os.environ["EPP_PASSWORD"])
do(EppTransferDomainCommand("request"), other, name="eppy.gov", authInfo={"pw": "wrong"}, codes=("2202",))
do(EppTransferDomainCommand("request"), other, name="eppy.gov", authInfo={"pw": "2fooBAR"}, codes=("1001",))
reply = do(EppTransferDomainCommand("query"), other, name="eppy.gov", authInfo={"pw": "2fooBAR"})
assert reply.resData["domain:trnData"]["trStatus"] == "pending", reply
reply = do(EppPollCommand("req"), codes=("1301",))
assert reply.resData["domain:trnData"]["name"] == "eppy.gov", reply
do(EppPollCommand("ack", reply["epp"]["response"]["msgQ"]["@id"]))
do(EppTransferDomainCommand("approve"), name="eppy.gov")
info = do(EppInfoDomainCommand(), other, name="eppy.gov").resData["domain:infData"]
assert info["clID"] == os.environ["EPP_OTHER_USER"], info
while True:
    reply = do(EppPollCommand("req"), other, codes=("1300", "1301"))
    if reply.code == "1300":
        break
    do(EppPollCommand("ack", reply["epp"]["response"]["msgQ"]["@id"]), other)
do(EppDeleteDomainCommand(), name="eppy.gov", codes=("2201",))
do(EppUpdateDomainCommand(), other, name="eppy.gov", rem={"ns": {"hostObj": ["ns1.eppy.gov"]}})
do(EppDeleteHostCommand(), other, name="ns1.eppy.gov")
do(EppDeleteDomainCommand(), other, name="eppy.gov", codes=("1000", "1001"))
other.logout()

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

print("login, hello, check, info, create, update, renew, transfer, poll, delete, logout")
