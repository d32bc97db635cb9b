/* SPDX-License-Identifier: ISC */
/*
 * Assembles the seccomp filter that enforces a policy: nine system calls for a
 * guest that makes them itself, two more for a tender whose guest a virtual
 * processor runs, each bound to the descriptors and bounds of the policy.
 * Everything else kills the process. Nothing is installed here.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

#include "arch.h"
#include "policy.h"

/* Writes the program into INSNS. Returns the number of its instructions. */
size_t filter_build(const struct linux_arch *arch, const struct policy *policy,
                    struct sock_filter insns[BPF_MAXINSNS]);
