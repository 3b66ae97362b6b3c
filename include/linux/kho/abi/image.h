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
 * What a kernel can take over it says by a string in its image, wherever that is
 * not compressed::
 *
 *   KHO_IMAGE_MARKER  name  ' '  name ...  NUL
 *
 * The names are those of formats, of the handover and of live update, and of file
 * handlers that Linux 7.3 does not have: live update fails as a whole in a kernel
 * that meets a file of a handler that it does not have. A name that a loader does
 * not know it ignores. Mainline kernels have no marker.
 */
#define KHO_IMAGE_MARKER "\177KHO file handlers: "

/* Bytes of the names in a marker at most, with the NUL at its end. */
#define KHO_IMAGE_NAMES_LEN 64

/* Handlers that Linux 7.3 does not have */
#define KHO_IMAGE_HUGETLB "hugetlb-v1"

/* The list of pages with memory errors, which Linux 7.3 does not have either */
#define KHO_IMAGE_HWPOISON "hwpoison-v1"

/* What this kernel can take over */
#define KHO_IMAGE_FORMAT "kho-v4"
#define KHO_IMAGE_LUO "luo-v5"

/*
 * All that a handover consists of; written out, for clang's assembler joins no
 * strings.
 */
#if defined(CONFIG_LIVEUPDATE_HUGETLB)
#define KHO_IMAGE_NAMES "kho-v4 luo-v5 hugetlb-v1"
#elif defined(CONFIG_LIVEUPDATE)
#define KHO_IMAGE_NAMES "kho-v4 luo-v5"
#else
#define KHO_IMAGE_NAMES "kho-v4"
#endif

/* And what it understands beside, to follow at once */
#ifdef CONFIG_MEMORY_FAILURE
#define KHO_IMAGE_NAMES_BESIDE " hwpoison-v1"
#else
#define KHO_IMAGE_NAMES_BESIDE ""
#endif

#endif /* _LINUX_KHO_ABI_IMAGE_H */
