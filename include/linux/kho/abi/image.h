/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: what a kernel image says of itself to the kernel that loads
 * it. Included by assembler code.
 */
#ifndef _LINUX_KHO_ABI_IMAGE_H
#define _LINUX_KHO_ABI_IMAGE_H

/**
 * DOC: Marker of an image
 *
 * Live update fails as a whole in a kernel that meets a file of a handler that
 * it does not have. All kernels that have live update have the handlers of Linux
 * 7.3. One that has more of them says so by a string in its image, wherever it
 * is not compressed::
 *
 *   KHO_IMAGE_MARKER  name  ' '  name ...  NUL
 *
 * The names are those of file handlers. A kernel that has none of them needs no
 * marker. Other loaders ignore it.
 */
#define KHO_IMAGE_MARKER "\177KHO file handlers: "

/* Bytes of the names in a marker at most, with the NUL at its end. */
#define KHO_IMAGE_NAMES_LEN 64

/* Handlers that Linux 7.3 does not have */
#define KHO_IMAGE_HUGETLB "hugetlb-v1"

#ifdef CONFIG_LIVEUPDATE_HUGETLB
#define KHO_IMAGE_HANDLERS KHO_IMAGE_HUGETLB
#else
#define KHO_IMAGE_HANDLERS ""
#endif

#endif /* _LINUX_KHO_ABI_IMAGE_H */
