/* SPDX-License-Identifier: GPL-2.0 */
#include "../../../mm/memblock_kho.h"
