#pragma once
// Debian's libev 4.33. Its functions and structures import into Swift as they are; its function-like
// macros do not, hence these shims, one for each macro that is used.
#include <ev.h>
#include <stdint.h>
