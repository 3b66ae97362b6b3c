/* SPDX-License-Identifier: GPL-2.0 */
/* Only its size matters, see sim_image_size. */
#ifndef _KHO_TEST_ASM_SECTIONS_H
#define _KHO_TEST_ASM_SECTIONS_H

extern char sim_image[];
extern unsigned long sim_image_size;

#define _text	sim_image
#define _end	(sim_image + sim_image_size)

#endif /* _KHO_TEST_ASM_SECTIONS_H */
