internal import COpenSSL

/// OpenSSL's own start and its error queue.
///
/// The queue belongs to the OS thread, hence to all greenlets of a hub together. No greenlet parks between a call into
/// OpenSSL and the reading of what it left there, so whatever is found belongs to that call, provided that it started
/// with an empty queue: `clearErrors()` before each call that can fail.
enum OpenSSL {
    /// Makes OpenSSL ready, once in the process. Without its exit handler: that frees what another thread's hub may
    /// still be using while the process ends.
    static func start() {
        _ = isStarted
    }

    private static let isStarted: Bool = OPENSSL_init_ssl(CSSL_INIT_NO_ATEXIT, nil) == 1

    /// Empties the error queue. Nearly always it is empty, and looking is cheaper than clearing its 16 entries.
    static func clearErrors() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// One entry of the error queue.
    struct Failure {
        let library: Int32
        let reason: Int32
        let text: String

        init(code: UInt) {
            library = cssl_error_library(code)
            reason = cssl_error_reason(code)
            // Safe: OpenSSL answers with a static string or nil.
            if let words = ERR_reason_error_string(code) {
                text = String(cString: words)
            } else {
                text = "OpenSSL error \(String(code, radix: 16))"
            }
        }

        func isSSL(_ number: Int32) -> Bool {
            library == ERR_LIB_SSL && reason == number
        }
    }

    /// Takes all entries from the queue: the oldest, where the failure began, first.
    static func takeErrors() -> [Failure] {
        var failures: [Failure] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { return failures }
            failures.append(Failure(code: code))
        }
    }

    /// The error for a call on certificates or keys that failed.
    static func error(_ reason: TLSError.Reason, _ what: String) -> TLSError {
        let failures = takeErrors()
        guard let first = failures.first else { return TLSError(reason, what) }
        return TLSError(reason, "\(what): \(first.text)")
    }
}
