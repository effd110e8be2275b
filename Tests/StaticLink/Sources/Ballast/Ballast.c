#include "Ballast.h"

static __thread volatile int numbers[8192];

int ballast(int index) {
    numbers[index & 8191] += index;
    return numbers[index & 8191];
}
