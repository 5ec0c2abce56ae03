/*
 * Files of the client with the real server: there and back, under which name they end, and what is
 * left when one does not come.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "client_home.h"

#define LARGE 3000001

static struct realm realm;
static unsigned char sent[LARGE], got[LARGE + 1];

static void
setup(void)
{
	realm_make(&realm, "");
	realm_start(&realm);
	client_home_login(&realm, "messi");
	ck_assert_int_eq(chdir(client_home_path(".")), 0);
}

static void
teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	realm_remove(&realm);
}

static void
write_file(const char *name, const void *data, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	close(fd);
}

static size_t
read_file(const char *name)
{
	int fd = open(name, O_RDONLY);
	ssize_t n;

	ck_assert_msg(fd >= 0, "%s", name);
	n = read(fd, got, sizeof(got));
	close(fd);
	return (size_t)n;
}

/* The files of the present directory, hidden ones left out but those that the client makes. */
static size_t
count_files(void)
{
	DIR *dir = opendir(".");
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.' || strncmp(entry->d_name, ".kabar-", 7) == 0;
	closedir(dir);
	return n;
}

START_TEST(there_and_back)
{
	struct stat st;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (unsigned char)(i * 7 + i / 251);
	write_file("besar.bin", sent, sizeof(sent));
	write_file("kosong", "", 0);
	write_file("nama panjang.txt", "halo\n", 5);
	CLIENT_SAYS(0, "", NULL, "file", "send", "henderson", "besar.bin", "kosong",
	    "./nama panjang.txt");
	CLIENT_TELLS(0, "besar.bin", NULL, "file", "list");
	CLIENT_TELLS(0, "nama_panjang.txt", NULL, "file", "list", "henderson");
	CLIENT_SAYS(0, "", NULL, "file", "list", "lineker");
	client_home_login(&realm, "henderson");
	CLIENT_TELLS(0, "messi: File besar.bin", NULL, "inbox");
	ck_assert_int_eq(chdir(client_home_path(".")), 0);
	umask(022);
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "besar.bin");
	ck_assert_uint_eq(read_file("besar.bin"), sizeof(sent));
	ck_assert_mem_eq(got, sent, sizeof(sent));
	ck_assert_int_eq(stat("besar.bin", &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0644);
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "kosong");
	ck_assert_uint_eq(read_file("kosong"), 0);
	CLIENT_SAYS(0, "halo\n", NULL, "file", "get", "messi", "nama_panjang.txt", "-o", "-");
	ck_assert_uint_eq(count_files(), 2);
}
END_TEST

START_TEST(names_are_the_callers)
{
	write_file("gol.txt", "gol!", 4);
	CLIENT_SAYS(0, "", NULL, "file", "send", "messi", "gol.txt");
	CLIENT_SAYS(EX_CANTCREAT,
	    "kabar: gol.txt is there already; -o PATH says where to put the file\n", NULL, "file",
	    "get", "messi", "gol.txt");
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "gol.txt", "-o", "lain");
	ck_assert_uint_eq(read_file("lain"), 4);
	write_file("lain", "tua", 3);
	CLIENT_SAYS(0, "", NULL, "file", "get", "-o", "lain", "messi", "gol.txt");
	ck_assert_uint_eq(read_file("lain"), 4);
	ck_assert_int_eq(mkdir("map", 0700), 0);
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "gol.txt", "-o", "map");
	ck_assert_uint_eq(read_file("map/gol.txt"), 4);
	/* The directory was told, and not what lies in it. */
	write_file("map/gol.txt", "tua", 3);
	CLIENT_SAYS(EX_CANTCREAT,
	    "kabar: map/gol.txt is there already; -o PATH says where to put the file\n", NULL,
	    "file", "get", "messi", "gol.txt", "-o", "map");
	ck_assert_uint_eq(read_file("map/gol.txt"), 3);
	CLIENT_TELLS(EX_DATAERR, "is a path", NULL, "file", "get", "messi", "../gol.txt");
	CLIENT_TELLS(EX_DATAERR, "is a path", NULL, "file", "get", "messi", "..");
}
END_TEST

START_TEST(what_is_no_file_stays_what_it_is)
{
	char longest[251];
	struct stat st;
	int fd;

	write_file("gol.txt", "gol!", 4);
	CLIENT_SAYS(0, "", NULL, "file", "send", "messi", "gol.txt");
	/* A link is written through, and stays. */
	write_file("jauh", "tua", 3);
	ck_assert_int_eq(symlink("jauh", "tautan"), 0);
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "gol.txt", "-o", "tautan");
	ck_assert_int_eq(lstat("tautan", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_uint_eq(read_file("jauh"), 4);
	/* So does a pipe. */
	ck_assert_int_eq(mkfifo("pipa", 0600), 0);
	fd = open("pipa", O_RDWR);
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "gol.txt", "-o", "pipa");
	ck_assert_int_eq(lstat("pipa", &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	ck_assert_int_eq(read(fd, got, sizeof(got)), 4);
	close(fd);
	/* A file that is replaced keeps its mode. */
	ck_assert_int_eq(chmod("jauh", 0640), 0);
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "gol.txt", "-o", "jauh");
	ck_assert_int_eq(stat("jauh", &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	/* The longest names are no longer for a while. */
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CLIENT_SAYS(0, "", NULL, "file", "get", "messi", "gol.txt", "-o", longest);
	/* Nobody writes into the pipe, and nobody waits for that. */
	CLIENT_SAYS(EX_NOINPUT, "kabar: pipa: this is no file\n", NULL, "file", "send", "messi",
	    "pipa");
	/* The content alone goes to the standard output. */
	CLIENT_SAYS(0, "gol!", NULL, "-j", "file", "get", "messi", "gol.txt", "-o", "-");
	ck_assert_uint_eq(count_files(), 5);
}
END_TEST

START_TEST(nothing_is_left_of_what_did_not_come)
{
	CLIENT_SAYS(EX_NOINPUT, "kabar: there is no such file\n", NULL, "file", "get", "messi",
	    "entah");
	CLIENT_TELLS(EX_CANTCREAT, "No such file", NULL, "file", "get", "messi", "entah", "-o",
	    "tiada/x");
	ck_assert_uint_eq(count_files(), 0);
	CLIENT_TELLS(EX_NOINPUT, "tiada: No such file", NULL, "file", "send", "messi", "tiada");
	CLIENT_TELLS(EX_NOINPUT, "this is no file", NULL, "file", "send", "messi", "/tmp");
	CLIENT_TELLS(EX_DATAERR, "no file can be sent", NULL, "file", "send", "messi", "..");
	write_file("gol.txt", "gol!", 4);
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such user\n", NULL, "file", "send", "siapa",
	    "gol.txt");
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such group\n", NULL, "file", "send", "#siapa",
	    "gol.txt");
}
END_TEST

START_TEST(a_refusal_comes_before_the_end)
{
	realm_configure(&realm, "file_max = 100000\n");
	realm_reload(&realm);
	write_file("besar.bin", sent, sizeof(sent));
	write_file("kecil", "x", 1);
	CLIENT_SAYS(EX_DATAERR, "kabar: the file is larger than the server takes\n", NULL, "file",
	    "send", "messi", "besar.bin", "kecil");
	/* The other one has arrived all the same. */
	CLIENT_SAYS(0, "x", NULL, "file", "get", "messi", "kecil", "-o", "-");
}
END_TEST

START_TEST(groups_have_files)
{
	write_file("menu.pdf", "kopi", 4);
	CLIENT_SAYS(0, "", NULL, "group", "add", "kopi");
	CLIENT_SAYS(0, "", NULL, "file", "send", "#kopi", "menu.pdf");
	CLIENT_SAYS(0, "kopi", NULL, "file", "get", "#kopi", "menu.pdf", "-o", "-");
	CLIENT_TELLS(0, "menu.pdf", NULL, "file", "list", "#kopi");
	CLIENT_TELLS(0, "\"name\":\"menu.pdf\"", NULL, "-j", "file", "list");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_files");
	TCase *tc = realm_tcase(suite, "files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, names_are_the_callers);
	tcase_add_test(tc, what_is_no_file_stays_what_it_is);
	tcase_add_test(tc, nothing_is_left_of_what_did_not_come);
	tcase_add_test(tc, a_refusal_comes_before_the_end);
	tcase_add_test(tc, groups_have_files);
	return realm_run_suite(suite);
}
