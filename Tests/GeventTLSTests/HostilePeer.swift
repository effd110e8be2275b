import COpenSSL

@testable import GeventTLS

extension TLSContext {
    /// Has a test's peer use these ciphers for TLS 1.2, in this order.
    func useCiphers(_ list: String) -> Bool {
        SSL_CTX_set_cipher_list(raw, list) == 1
    }
}
