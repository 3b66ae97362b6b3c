// SPDX-License-Identifier: GPL-2.0
/*
 * An SQLite database in a memfd that outlives the kernel.
 *
 *   luodb new        make a database and write to it
 *   luodb continue   take the database of the previous kernel, check it, and
 *                    write on
 *
 * Rows are added until SIGTERM comes; then the transaction is completed, the
 * memfd is put into a session of /dev/liveupdate, and a process stays behind
 * that keeps the session. Each row has the hash of the one before it.
 */
#include "../guest/luo.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <time.h>

#define SESSION		"luodb"
#define TOKEN		1
#define ROWS_AT_A_TIME	50

#define tell(format, ...)	say("demo " format, ##__VA_ARGS__)

static bool stop;

static void on_term(int sig)
{
	(void)sig;
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
}

/* SQLite wants to know where links lead to: a memfd is nowhere. */
static int keep_path(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	return snprintf(out, size, "%s", name) < size ? SQLITE_OK :
							SQLITE_CANTOPEN;
}

static int open_link(const char *name, int flags, int mode)
{
	return open(name, flags & ~O_NOFOLLOW, mode);
}

static sqlite3 *open_database(int fd)
{
	static sqlite3_vfs vfs;
	char path[32];
	sqlite3 *db;

	vfs = *sqlite3_vfs_find(NULL);
	vfs.zName = "memfd";
	vfs.xFullPathname = keep_path;
	vfs.xSetSystemCall(&vfs, "open", (sqlite3_syscall_ptr)open_link);
	sqlite3_vfs_register(&vfs, 0);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, "memfd") ==
	     SQLITE_OK, "open the database: %s", sqlite3_errmsg(db));
	/* A memfd has no directory that a journal could be in. */
	must(sqlite3_exec(db, "PRAGMA journal_mode = MEMORY", NULL, NULL,
			  NULL) == SQLITE_OK, "journal mode");
	return db;
}

static void run(sqlite3 *db, const char *sql)
{
	must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s",
	     sql, sqlite3_errmsg(db));
}

static sqlite3_int64 number(sqlite3 *db, const char *sql)
{
	sqlite3_int64 value = -1;
	sqlite3_stmt *s;

	must(sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK, "%s: %s",
	     sql, sqlite3_errmsg(db));
	if (sqlite3_step(s) == SQLITE_ROW)
		value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return value;
}

static sqlite3_int64 hash(sqlite3_int64 before, sqlite3_int64 id,
			  sqlite3_int64 amount)
{
	return luo_word(id & 0xffff, 0, (uint64_t)before ^ (uint64_t)amount);
}

static const char *who_am_i(void)
{
	static char text[100];
	struct utsname name;
	char id[9] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);

	uname(&name);
	must(fd >= 0 && read(fd, id, 8) == 8, "boot id");
	close(fd);
	snprintf(text, sizeof(text), "%s, boot %s", name.release, id);
	return text;
}

/* All rows are there, in the right order and with the right content. */
static void check_database(sqlite3 *db)
{
	sqlite3_int64 before = 0, id = 0;
	sqlite3_stmt *s;

	must(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL) ==
	     SQLITE_OK && sqlite3_step(s) == SQLITE_ROW, "integrity check");
	tell("kernel 2: PRAGMA integrity_check says: %s",
	     sqlite3_column_text(s, 0));
	check(!strcmp((const char *)sqlite3_column_text(s, 0), "ok"),
	      "integrity check");
	sqlite3_finalize(s);

	must(sqlite3_prepare_v2(db, "SELECT id, amount, hash FROM ledger ORDER BY id",
				-1, &s, NULL) == SQLITE_OK, "read all rows");
	while (sqlite3_step(s) == SQLITE_ROW) {
		must(sqlite3_column_int64(s, 0) == ++id, "row %lld is there",
		     id);
		before = hash(before, id, sqlite3_column_int64(s, 1));
		must(sqlite3_column_int64(s, 2) == before,
		     "row %lld is as it was", id);
	}
	sqlite3_finalize(s);
	tell("kernel 2: all %lld rows are there, each with the hash of the one before",
	     id);
}

/* Add rows until somebody says stop. */
static void write_rows(sqlite3 *db)
{
	const char *who = who_am_i();
	sqlite3_int64 id, last, amount;
	sqlite3_stmt *s;
	int i;

	id = number(db, "SELECT ifnull(max(id), 0) FROM ledger");
	last = id ? number(db, "SELECT hash FROM ledger ORDER BY id DESC LIMIT 1") : 0;
	must(sqlite3_prepare_v2(db, "INSERT INTO ledger VALUES (?, ?, ?, ?)",
				-1, &s, NULL) == SQLITE_OK, "prepare");
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		run(db, "BEGIN");
		for (i = 0; i < ROWS_AT_A_TIME; i++) {
			amount = rand() % 100000;
			last = hash(last, ++id, amount);
			sqlite3_bind_int64(s, 1, id);
			sqlite3_bind_int64(s, 2, amount);
			sqlite3_bind_int64(s, 3, last);
			sqlite3_bind_text(s, 4, who, -1, SQLITE_STATIC);
			must(sqlite3_step(s) == SQLITE_DONE, "insert: %s",
			     sqlite3_errmsg(db));
			sqlite3_reset(s);
		}
		run(db, "COMMIT");
	}
	sqlite3_finalize(s);
}

static int take_over(void)
{
	int dev = luo_open(), session = luo_retrieve(dev, SESSION), fd;

	must(session >= 0, "retrieve the session");
	fd = luo_retrieve_fd(session, TOKEN);
	must(fd >= 0, "retrieve the database");
	must(!luo_finish(session), "finish");
	close(session);
	close(dev);
	return fd;
}

static void hand_over(int fd)
{
	int dev = luo_open(), session = luo_create(dev, SESSION);

	must(session >= 0, "create a session");
	must(!luo_preserve_fd(session, fd, TOKEN), "preserve the database");
	luo_keep(dev);
}

int main(int argc, char **argv)
{
	bool new = argc == 2 && !strcmp(argv[1], "new");
	struct sigaction term = { .sa_handler = on_term };
	sqlite3_int64 rows;
	sqlite3 *db;
	int fd;

	sigaction(SIGTERM, &term, NULL);
	if (new) {
		fd = memfd_create("ledger.db", MFD_CLOEXEC);
		must(fd >= 0, "memfd_create");
		db = open_database(fd);
		run(db, "CREATE TABLE ledger (id INTEGER PRIMARY KEY, amount, hash, kernel)");
		run(db, "CREATE INDEX by_amount ON ledger (amount)");
		tell("kernel 1: luodb has an SQLite %s database in a memfd and writes to it",
		     sqlite3_libversion());
	} else {
		fd = take_over();
		db = open_database(fd);
		check_database(db);
	}

	rows = number(db, "SELECT count(*) FROM ledger");
	write_rows(db);
	if (new) {
		sqlite3_close(db);
		tell("kernel 1: luodb got SIGTERM, did its COMMIT, put the memfd into a session");
		hand_over(fd);
		return failed;
	}
	tell("kernel 2: it went on: row %lld is of the old kernel, row %lld of this one", rows,
	     number(db, "SELECT max(id) FROM ledger"));
	check(number(db, "SELECT count(DISTINCT kernel) FROM ledger") == 2,
	      "rows of two kernels");
	check(number(db, "SELECT count(*) FROM ledger") > rows, "more rows");
	return failed;
}
