// A pool over a line protocol with STARTTLS and a login, with its server in the same program.
import Gevent
import GeventConnPool
import GeventTLS
import Glibc

guard CommandLine.arguments.count == 2 else {
    print("usage: StartTLSPool DIRECTORY-FOR-CERTIFICATES")
    exit(64)
}
let directory = CommandLine.arguments[1]
let (certificate, key) = ("\(directory)/server.pem", "\(directory)/server.key")
// A certificate that vouches for itself; who trusts it, trusts this server.
let made = try Subprocess.run([
    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate,
])
guard made.status.isSuccess else {
    print(made.errorText)
    exit(1)
}

let server = LineServer(
    try TLSContext(TLSConfiguration { $0.credential = .files(certificate: certificate, key: key) }))
let address = try server.start()

let pool = StartTLSPool(3, to: address, try TLSContext(TLSConfiguration { $0.trust = .file(certificate) }))
try pool.waitUntilReady(timeout: .seconds(10))
print(pool.statistics.idle, "connections, logged in over", server.secured, "TLS sessions")

// Nine callers share them.
let words = ["green", "threads", "share", "three", "open", "connections", "without", "a", "lock"]
let answers = try joinAll(
    words.map { word in
        spawn {
            try pool.get(timeout: .seconds(10)) { stream in
                try stream.sendAll("UPPER \(word)\n")
                return try stream.receiveLine() ?? ""
            }
        }
    }, raisingErrors: true)
print(answers.compactMap(\.value).sorted().joined(separator: " "))

// One that breaks is replaced.
try? pool.get { stream in
    stream.close()
    try stream.sendAll("UPPER lost\n")
}
try pool.waitUntilReady(timeout: .seconds(10))
print("after one broke:", pool.statistics.idle, "idle,", pool.statistics.discards, "discarded")

try pool.close(timeout: .seconds(5))
try withTimeout(.seconds(5)) { while server.goodbyes < 3 { try sleep(for: .milliseconds(1)) } }
print("closed, with", server.goodbyes, "goodbyes")
try server.stop()
