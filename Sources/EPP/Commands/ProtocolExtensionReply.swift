/// What a registry answers to a `ProtocolExtension`.
public enum ProtocolExtensionReply: Sendable, Hashable {
    /// Elements of the other protocol, each as XML that stands by itself. A registry's document of it is that of a
    /// `ProtocolExtension` with the same elements.
    case protocolExtension([String])
    /// A response of EPP, as where the registry does not know the extension.
    case response(CommandResponse<String>)
}
