/* SPDX-License-Identifier: ISC */
/*
 * hvt's ABI as a tender sees it: where a guest says an address, its fields are
 * of a type that only guest_memory_at makes a pointer of. Include this, never
 * hvt_abi.h itself.
 */
#pragma once

#include "addr.h"

#ifdef SOLO5_HVT_ABI_H
#error "hvt_abi.h was included without abi.h"
#endif
#define HVT_GPA_T guest_addr_t
#include "hvt_abi.h"
