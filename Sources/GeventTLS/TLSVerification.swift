/// How much of a server's certificate a client checks.
public enum TLSVerification: Sendable, Hashable {
    /// The chain up to a trusted authority, the dates, and that the certificate is for the host that was asked for (a
    /// DNS name or an IP address). The default.
    case full
    /// The chain and the dates, not the name: whoever holds any certificate of a trusted authority can pose as the host.
    case chainOnly
    /// Nothing: whoever can reach into the connection can read and change it. For experiments.
    case none
}
