// SPDX-License-Identifier: ISC
// Throws through frames that have something to destroy, past a handler of another type, and catches: status 44.
#include "solo5.h"

extern "C" void cxx_start();

namespace {

struct Problem {
    int status;
};
struct Other {
    int status;
};

int destroyed;

struct Guard {
    ~Guard()
    {
        destroyed++;
    }
};

__attribute__((noinline)) int descend(volatile int depth)
{
    Guard guard;

    if (depth == 0)
        throw Problem{40};
    return descend(depth - 1) + depth;
}

__attribute__((noinline)) int attempt()
{
    try {
        return descend(3);
    } catch (const Other &other) {
        return other.status;
    }
}

} // namespace

extern "C" int solo5_app_main(const solo5_start_info *)
{
    cxx_start();
    try {
        return attempt();
    } catch (const Problem &problem) {
        return problem.status + destroyed;
    } catch (...) {
        return 1;
    }
}
