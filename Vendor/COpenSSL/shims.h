#pragma once
// OpenSSL 3. What OpenSSL gives as function-like macros does not import into Swift, hence these shims.
#include <openssl/ssl.h>
