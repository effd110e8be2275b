/// Which certificate authorities are believed, for servers that this side connects to and, in a server that asks for
/// client certificates, for those.
public enum TLSTrust: Sendable, Hashable {
    /// The machine's own authorities (OpenSSL's default file and directory; the package `ca-certificates`).
    case system
    /// The certificates of a PEM file, and no others. It is read once, when the context is made.
    case file(String)
    /// The certificates of this PEM text, and no others.
    case pem([UInt8])
}
