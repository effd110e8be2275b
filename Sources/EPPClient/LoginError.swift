import EPP

/// The registry refused the login.
///
/// Codes 2200 and 2501 mean wrong credentials: a pool must not repeat those at its usual pace, since registries lock
/// accounts (`isRefusal`).
public final class LoginError: RegistryError, @unchecked Sendable {
    // Safe: adds nothing to its superclass.

    /// Whether the same login will be refused again: the credentials or what was asked for are wrong (2000 to 2308,
    /// 2501, or a login that cannot be sent), as opposed to a registry that has no session free or fails.
    public var isRefusal: Bool {
        isClientError || code == .authenticationErrorClosing || cause is InvalidValue
            || (cause as? LoginError)?.isRefusal == true
    }

    /// A refused login is not repeated by the command that met it: the pool goes on trying, at its own pace.
    public override var shouldRetry: Bool { isRefusal ? false : super.shouldRetry }
}
