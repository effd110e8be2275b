#pragma once
// OpenSSL 3 for GeventTLS. What OpenSSL spells as a function-like macro or as a variadic function does not import into
// Swift; each of these gives one of them a name that does, and nothing else. Everything else is called directly.
#include <openssl/ssl.h>
#include <openssl/err.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#if OPENSSL_VERSION_MAJOR < 3
#error "GeventTLS needs OpenSSL 3 (Debian 12's libssl-dev, or newer)"
#endif

// Macros over SSL_CTX_ctrl and SSL_ctrl.
static inline long cssl_ctx_set_mode(SSL_CTX *context, long mode) { return SSL_CTX_set_mode(context, mode); }
static inline int cssl_ctx_set_min_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_min_proto_version(context, version);
}
static inline int cssl_ctx_set_max_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}
static inline long cssl_ctx_set_session_cache_mode(SSL_CTX *context, long mode) {
    return SSL_CTX_set_session_cache_mode(context, mode);
}
static inline void cssl_ctx_set_read_ahead(SSL_CTX *context, int on) { SSL_CTX_set_read_ahead(context, on); }
static inline int cssl_ctx_add0_chain_cert(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}
static inline int cssl_set_server_name(SSL *ssl, const char *name) { return (int)SSL_set_tlsext_host_name(ssl, name); }

// SSL_OP_BIT is a macro with a cast, so the options do not import as constants.
static const uint64_t CSSL_OPTION_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t CSSL_OPTION_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t CSSL_OPTION_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t CSSL_OPTION_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t CSSL_INIT_NO_ATEXIT = OPENSSL_INIT_NO_ATEXIT;

// App data is a macro over ex_data with index 0.
static inline int cssl_set_app_data(SSL *ssl, void *data) { return SSL_set_app_data(ssl, data); }
static inline void *cssl_get_app_data(const SSL *ssl) { return SSL_get_app_data(ssl); }

// Reading the packed error code is inline in 3.0 and a macro elsewhere.
static inline int cssl_error_library(unsigned long code) { return ERR_GET_LIB(code); }
static inline int cssl_error_reason(unsigned long code) { return ERR_GET_REASON(code); }

// Type-safe stacks are macros.
static inline STACK_OF(X509_NAME) *cssl_names_new(void) { return sk_X509_NAME_new_null(); }
static inline int cssl_names_push(STACK_OF(X509_NAME) *names, X509_NAME *name) {
    return sk_X509_NAME_push(names, name) > 0;
}
static inline void cssl_names_free(STACK_OF(X509_NAME) *names) { sk_X509_NAME_pop_free(names, X509_NAME_free); }

// Key generation is variadic underneath.
static inline EVP_PKEY *cssl_generate_ec(const char *curve) { return EVP_EC_gen(curve); }
static inline EVP_PKEY *cssl_generate_rsa(size_t bits) { return EVP_RSA_gen(bits); }

// BIO_get_mem_data is a macro.
static inline long cssl_memory_bytes(BIO *bio, char **bytes) { return BIO_get_mem_data(bio, bytes); }
