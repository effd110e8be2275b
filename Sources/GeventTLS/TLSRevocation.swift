/// Whether certificates are looked up in lists of revoked ones.
public enum TLSRevocation: Sendable, Hashable {
    /// They are not: a certificate is good until it expires. The default, as in Python's `ssl`. Neither OCSP nor lists
    /// over the network are asked for in any case.
    case unchecked
    /// In the lists (CRLs) of a PEM file, read once, when the context is made. There must be a current list of every
    /// authority of the chain: without one, or with one that has expired, the certificate is refused.
    case listFile(String)
    /// In the lists of this PEM text, in the same way.
    case lists([UInt8])
}
