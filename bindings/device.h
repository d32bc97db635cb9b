/* SPDX-License-Identifier: ISC */
/* The devices of the manifest, and which of them the program has acquired. */
#ifndef DEVICE_H
#define DEVICE_H

#include "mft_abi.h"
#include "solo5.h"

/* mft: as the tender left it; stays valid. */
void device_init(const struct mft *mft);

/*
 * Finds the attached device of that name and type and marks it acquired.
 * Returns its record and sets *handle, or NULL if there is none or it was
 * acquired before.
 */
const struct mft_entry *device_acquire(const char *name, mft_type_t type,
                                       solo5_handle_t *handle);

/*
 * Returns the record of an acquired device. Aborts if `handle` is not one of
 * that type. call: name of the solo5_ function, for the message.
 */
const struct mft_entry *device_get(solo5_handle_t handle, mft_type_t type,
                                   const char *call);

/* Returns the handle of a record of the manifest. */
solo5_handle_t device_handle(const struct mft_entry *device);

#endif
