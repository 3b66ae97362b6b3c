// SPDX-License-Identifier: GPL-2.0
/*
 * Init of a guest that measures how long nobody is there: from right before
 * reboot(KEXEC) to the first line of the successor's init, in cycles of the
 * time stamp counter, which goes on across the jump.
 *
 * The initrd has this as /init, and /bzImage and /initrd for the next kernel.
 * It jumps once; kho_blackout.hop=1 on the command line says that it did.
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

static void die(const char *what)
{
	perror(what);
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
}

static void copy(const char *path)
{
	char line[256];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof(line), file))
		printf("kho_blackout: %s", line);
	if (file)
		fclose(file);
}

/* What the successor is like, for whoever wants to know more. */
static void report(unsigned long long now)
{
	printf("kho_blackout: back at %llu\n", now);
	mkdir("/dbg", 0700);
	if (!mount("debugfs", "/dbg", "debugfs", 0, NULL)) {
		copy("/dbg/kho/in/memory");
		copy("/dbg/kho/in/timeline");
	}
	copy("/proc/meminfo");
	printf("kho_blackout: done\n");
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
}

int main(void)
{
	unsigned long long now = __rdtsc();
	char cmdline[4096];
	int kernel, initrd, fd;
	ssize_t len;

	mkdir("/proc", 0700);
	mount("proc", "/proc", "proc", 0, NULL);
	fd = open("/proc/cmdline", O_RDONLY);
	len = read(fd, cmdline, sizeof(cmdline) - 64);
	if (len <= 0)
		die("/proc/cmdline");
	cmdline[len] = 0;
	cmdline[strcspn(cmdline, "\n")] = 0;

	if (strstr(cmdline, "kho_blackout.hop=1"))
		report(now);
	copy("/proc/meminfo");

	kernel = open("/bzImage", O_RDONLY);
	initrd = open("/initrd", O_RDONLY);
	strcat(cmdline, " kho_blackout.hop=1");
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1,
		    cmdline, 0UL))
		die("kexec_file_load");

	printf("kho_blackout: leaves at %llu\n", __rdtsc());
	reboot(LINUX_REBOOT_CMD_KEXEC);
	die("reboot");
	return 1;
}
