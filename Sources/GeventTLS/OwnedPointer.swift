/// A pointer of OpenSSL's with the function that frees it, which runs when the last reference goes. Who uses `raw` holds
/// on to the object for as long, where need be by `withExtendedLifetime`.
final class OwnedPointer {
    let raw: OpaquePointer
    private let release: (OpaquePointer) -> Void

    /// - Parameter raw: What OpenSSL returned, nil where it failed; then `failure` is thrown.
    init(
        _ raw: OpaquePointer?, orThrow failure: @autoclosure () -> TLSError,
        _ release: @escaping (OpaquePointer) -> Void
    ) throws {
        guard let raw else { throw failure() }
        self.raw = raw
        self.release = release
    }

    deinit {
        release(raw)
    }
}
