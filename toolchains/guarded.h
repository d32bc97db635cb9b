/* SPDX-License-Identifier: ISC */
/*
 * Included before every file of ours that is linked: the compiler itself says
 * here whether it puts the stack protector in.
 */
#if !defined(__SSP_STRONG__) && !defined(__SSP_ALL__)
#error "compiled without -fstack-protector-strong"
#endif
