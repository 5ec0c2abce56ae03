/*
 * kabarctl backup and restore: what comes back elsewhere, also of a realm in the middle of its
 * work, and what is refused.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chat/file/upload.h"
#include "chat/group.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "chat/realm/peer.h"
#include "realmctl.h"
#include "store/store_admin.h"

#define SETTINGS                                     \
	"inbox_max = 1000000\nlog_file_size = 16M\n" \
	"peer \"kediri\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n"
#define CONTENT    "the content of a file"
#define HASH       "1111111111111111111111111111111111111111111111111111111111111111"
#define LONG_TEXT  60000
#define LONG_TEXTS 400 /* more than a file of logs holds */
#define BEFORE     100 /* messages that are there when the backup under load begins */
#define PATH_SIZE  (REALM_PATH_MAX + 32)

static struct realm other; /* while `realm` is the one that is spoken of */
static char backup[PATH_SIZE];

/* Speaks of the other realm from here on. */
static void
change_realm(void)
{
	struct realm before = realm;

	realm = other;
	other = before;
}

static void
make_elsewhere(void)
{
	realm_make(&other, SETTINGS);
}

static void
path_in(char path[PATH_SIZE], const char *directory, const char *name)
{
	snprintf(path, PATH_SIZE, "%s/%s", directory, name);
}

static void
configure_peers(void)
{
	realm_configure(&realm, SETTINGS);
	path_in(backup, realm.dir, "backup.tar");
}

static void
send_text(const char *text)
{
	struct chat_session messi = realmctl_session("messi");

	ck_assert_int_eq(chat_message_send(&chat, &messi, chat_text("lineker"), chat_text(text)),
	    CHAT_OK);
}

static void
send_number(uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	send_text(text);
}

/* How many messages lineker has; those that are numbers come without gap or repetition from 1. */
static uint64_t
count_messages(uint64_t *numbers)
{
	struct store_reader reader;
	struct chat_message message;
	struct store_entry entry;
	uint64_t seq, all = 0;

	*numbers = 0;
	ck_assert_int_eq(store_reader_init(&reader, chat.store, realmctl_session("lineker").user.id,
	                     0),
	    STORE_OK);
	while (store_reader_peek(&reader, &seq) == STORE_OK) {
		ck_assert_int_eq(store_entry(chat.store, seq, &entry), STORE_OK);
		ck_assert_int_eq(chat_message_read(&message, entry.data, entry.len), 0);
		if (!message.file && message.text.len < 16)
			ck_assert_uint_eq(strtoull(message.text.data, NULL, 10), ++*numbers);
		store_reader_skip(&reader);
		all++;
	}
	return all;
}

static size_t
count_files_named(const char *directory, const char *start)
{
	DIR *opened = opendir(directory);
	const struct dirent *entry;
	size_t n = 0;

	ck_assert_ptr_nonnull(opened);
	while ((entry = readdir(opened)) != NULL)
		n += strncmp(entry->d_name, start, strlen(start)) == 0;
	closedir(opened);
	return n;
}

/* kabarctl leaves no temporary files in the state directory. */
static void
assert_clean(void)
{
	ck_assert_uint_eq(count_files_named(realm.state, "restore"), 0);
	char path[PATH_SIZE];
	path_in(path, realm.state, "snapshot");
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_uint_le(count_files_named(realm.dir, "backup.tar"), 1);
}

/* Puts a file of messi's for lineker there. */
static void
put_file(void)
{
	struct chat_session messi = realmctl_session("messi");
	struct chat_upload upload;

	chat_upload_init(&upload, &messi);
	ck_assert_int_eq(chat_upload_to_user(&chat, &upload, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&chat, &upload, chat_text("halo.txt")), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&upload, CONTENT, strlen(CONTENT)), CHAT_OK);
	ck_assert_int_eq(chat_upload_finish(&chat, &upload), CHAT_OK);
	chat_upload_end(&upload);
}

START_TEST(test_everything)
{
	static char text[LONG_TEXT + 1];
	char path[PATH_SIZE];
	uint64_t numbers;

	configure_peers();
	make_elsewhere();
	change_realm(); /* to one that has had its settings from the first day on */
	memset(text, 'x', LONG_TEXT);
	WORKS(NULL, "group", "add", "kopi", "messi");
	realmctl_block("messi", "lineker");
	realmctl_open();
	put_file();
	for (int i = 0; i < LONG_TEXTS; i++)
		send_text(text);
	send_number(1);
	realmctl_close();
	path_in(path, realm.state, "log");
	ck_assert_uint_ge(count_files_named(path, "0"), 2);
	SAYS(0, "", "backup", backup);
	assert_clean();

	change_realm();
	TELLS(1, NULL, ": with -m it is moved aside\n", "restore", backup);
	TELLS(0, NULL, "3 users, 1 groups, 402 messages: sound\n", "restore", "-m", backup);
	TOLD("what was there is in ");
	TELLS(0, NULL, "\nblocks     lineker\n", "user", "show", "messi");
	assert_clean();
	ck_assert_uint_eq(count_files_named(realm.state, "before-"), 1);
	SAYS(0, "3 users, 1 groups, 402 messages: sound\n", "check");
	ck_assert_int_eq(realmctl_check("messi", "surabaya", &(struct chat_user){ 0 }), CHAT_OK);
	realmctl_open();
	ck_assert_uint_eq(count_messages(&numbers), LONG_TEXTS + 2);
	/* The restored realm goes on where the backup ended. */
	send_number(2);
	count_messages(&numbers);
	ck_assert_uint_eq(numbers, 2);
	realmctl_close();
	realm_start(&realm);
	realm_remove(&other);
}
END_TEST

/* Other realms know a realm by its key. */
START_TEST(test_key)
{
	char key[sizeof(output)];

	configure_peers();
	WORKS(NULL, "realm");
	strcpy(key, output);
	WORKS(NULL, "backup", backup);
	make_elsewhere();
	change_realm();
	WORKS(NULL, "realm");
	ck_assert_str_ne(output, key);
	WORKS(NULL, "restore", "-m", backup);
	SAYS(0, key, "realm");
	realm_remove(&realm);
	change_realm();
}
END_TEST

/* Restores as on a new machine, and through a pipe, which may compress. */
START_TEST(test_pipe)
{
	configure_peers();
	ck_assert_msg(realmctl_shell("set -e; $ctl backup - | gzip > $(dirname ${ctl##* })/b.gz;"
	                             "cd $(dirname ${ctl##* }); rm -r state;"
	                             "gunzip < b.gz | tar -xOf - SHA256SUMS | grep -c tables.tdb;"
	                             "$ctl restore - < b.gz") == 0,
	    "%s", output);
	ck_assert_str_eq(output, "1\n3 users, 0 groups, 0 messages: sound\n");
	SAYS(0, "3 users, 0 groups, 0 messages: sound\n", "check");
}
END_TEST

/* tar(1) and sha256sum(1) are enough to see whether a backup is whole. */
START_TEST(test_tools)
{
	configure_peers();
	realmctl_open();
	put_file();
	realmctl_close();
	WORKS(NULL, "backup", backup);
	ck_assert_msg(realmctl_shell("set -e; cd $(dirname ${ctl##* }); mkdir x; cd x;"
	                             "tar -xf ../backup.tar; sha256sum -c --quiet SHA256SUMS;"
	                             "cat file/*/*") == 0,
	    "%s", output);
	ck_assert_str_eq(output, CONTENT);
}
END_TEST

/* Sends one number after another, and says how far it came. */
static pid_t
spawn_sender(_Atomic uint64_t *sent)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	realmctl_open();
	for (uint64_t number = 1;; number++) {
		send_number(number);
		atomic_store(sent, number);
	}
}

static bool
has_begun(void *arg)
{
	return atomic_load((_Atomic uint64_t *)arg) >= BEFORE;
}

START_TEST(test_load)
{
	_Atomic uint64_t *sent =
	    mmap(NULL, sizeof(*sent), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t before, after, numbers;

	ck_assert_ptr_ne(sent, MAP_FAILED);
	configure_peers();
	realm_start(&realm);
	pid_t sender = spawn_sender(sent);
	ck_assert(realm_until(has_begun, sent));
	before = atomic_load(sent);
	WORKS(NULL, "backup", backup);
	after = atomic_load(sent);
	kill(sender, SIGKILL);
	realm_await(sender);
	ck_assert_int_eq(realm_stop(&realm), 0);
	assert_clean();

	WORKS(NULL, "restore", "-m", backup);
	TOLD(" messages: sound\n");
	realmctl_open();
	count_messages(&numbers);
	realmctl_close();
	ck_assert_uint_ge(numbers, before);
	ck_assert_uint_le(numbers, after + 1);
}
END_TEST

static uint64_t
epoch_of(const char *name)
{
	struct chat_peer peer;
	uint64_t epoch;

	realmctl_open();
	ck_assert_int_eq(chat_peer_find(&chat, chat_text(name), &peer), CHAT_OK);
	ck_assert_int_eq(chat_outbound_epoch(&chat, peer.id, &epoch), CHAT_OK);
	realmctl_close();
	return epoch;
}

/* Messages queued after a restore differ from those that were sent after the backup. */
START_TEST(test_epochs)
{
	struct chat_peer peer;
	uint64_t epoch;

	configure_peers();
	realmctl_open();
	ck_assert_int_eq(chat_peer_sync(&chat), CHAT_OK);
	ck_assert_int_eq(chat_peer_find(&chat, chat_text("kediri"), &peer), CHAT_OK);
	ck_assert_int_eq(chat_outbound_renew(&chat, peer.id), CHAT_OK);
	realmctl_close();
	epoch = epoch_of("kediri");
	ck_assert_uint_ne(epoch, 0);
	WORKS(NULL, "backup", backup);
	ck_assert_uint_eq(epoch_of("kediri"), epoch);
	WORKS(NULL, "restore", "-m", backup);
	ck_assert_uint_ne(epoch_of("kediri"), epoch);
	ck_assert_uint_ne(epoch_of("kediri"), 0);
}
END_TEST

/* While anybody may be at work on the state nothing is restored. */
START_TEST(test_in_use)
{
	configure_peers();
	WORKS(NULL, "backup", backup);
	realm_start(&realm);
	TELLS(75, NULL, "kabard is running already on this state", "restore", "-m", backup);
	ck_assert_int_eq(realm_stop(&realm), 0);
	realmctl_open();
	send_number(1);
	TELLS(75, NULL, "a process writes to the store in ", "restore", "-m", backup);
	ck_assert_int_eq(scoreboard_enter(chat.scoreboard) < 0, 0);
	store_rest(chat.store);
	TELLS(75, NULL, "clients are connected", "restore", "-m", backup);
	realmctl_close();
	SAYS(0, "3 users, 0 groups, 1 messages: sound\n", "check");
	assert_clean();
	WORKS(NULL, "restore", "-m", backup);
}
END_TEST

/* Puts other bytes where these are. */
static void
damage_backup(const char *found)
{
	struct stat st;
	int fd = open(backup, O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(fstat(fd, &st), 0);
	char *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(bytes, MAP_FAILED);
	char *at = memmem(bytes, (size_t)st.st_size, found, strlen(found));
	ck_assert_ptr_nonnull(at);
	*at ^= 1;
	munmap(bytes, (size_t)st.st_size);
	close(fd);
}

START_TEST(test_damaged)
{
	struct stat st;

	configure_peers();
	realmctl_open();
	put_file();
	realmctl_close();
	WORKS(NULL, "backup", backup);
	damage_backup(CONTENT);
	TELLS(65, NULL, "the backup is damaged: its sums do not agree\n", "restore", "-m", backup);
	damage_backup("uhe content of a file");
	/* Cut anywhere. */
	ck_assert_int_eq(stat(backup, &st), 0);
	for (off_t size = st.st_size; size > 0; size -= st.st_size / 5) {
		ck_assert_int_eq(truncate(backup, size - 2000 > 0 ? size - 2000 : 0), 0);
		TELLS(65, NULL, "this is no backup", "restore", "-m", backup);
	}
	assert_clean();
	ck_assert_uint_eq(count_files_named(realm.state, "before-"), 0);
	SAYS(0, "3 users, 0 groups, 1 messages: sound\n", "check");
}
END_TEST

/* Makes an archive of these files with this label. */
static void
forge_backup(const char *label, const char *files)
{
	char commands[1024];

	snprintf(commands, sizeof(commands),
	    "set -e; cd $(dirname ${ctl##* }); rm -rf forge; mkdir -p forge/log forge/file/00;"
	    "echo evil > evil; cd forge; printf '%s' > kabar-backup;"
	    "ln -s .. log/0000000000000001.tdb; : > x; : > file/00/" HASH "; : > file/" HASH ";"
	    "rm -f ../backup.tar; tar -cPf ../backup.tar %s; rm ../evil",
	    label, files);
	ck_assert_msg(realmctl_shell(commands) == 0, "%s", output);
}

START_TEST(test_forged)
{
	static const char label[] = "format 1\\nrealm surabaya\\n";
	static const char *const files[] = { "kabar-backup ../evil", "kabar-backup x",
		"kabar-backup log/0000000000000001.tdb", "kabar-backup log",
		"kabar-backup kabar-backup", "kabar-backup file/00/" HASH,
		"kabar-backup file/" HASH };
	char evil[PATH_SIZE];

	configure_peers();
	path_in(evil, realm.dir, "evil");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		forge_backup(label, files[i]);
		TELLS(65, NULL, "the backup holds what does not belong there", "restore", "-m",
		    backup);
		ck_assert_int_ne(access(evil, F_OK), 0);
	}
	forge_backup(label, "x kabar-backup");
	TELLS(65, NULL, "this is no backup of kabar", "restore", "-m", backup);
	forge_backup(label, "kabar-backup");
	TELLS(65, NULL, "it ends too early", "restore", "-m", backup);
	forge_backup("format 2\\nrealm surabaya\\n", "kabar-backup");
	TELLS(65, NULL, "made by a newer kabar", "restore", "-m", backup);
	forge_backup("format 1\\nrealm malang\\n", "kabar-backup");
	TELLS(65, NULL, "of the realm malang, the configuration of surabaya", "restore", "-m",
	    backup);
}
END_TEST

/* A backup that was killed leaves copies: the janitor removes them, and the next one does. */
START_TEST(test_leftovers)
{
	struct store_snapshot snapshot;
	char path[PATH_SIZE];

	configure_peers();
	path_in(path, realm.state, "snapshot");
	realmctl_open();
	ck_assert_int_eq(store_snapshot_take(chat.store, &snapshot), STORE_OK);
	ck_assert_str_eq(snapshot.path, path);
	TELLS(69, NULL, "another backup is being made\n", "backup", backup);
	WORKS(NULL, "janitor");
	ck_assert_int_eq(access(path, F_OK), 0);
	close(snapshot.lock_fd);
	WORKS(NULL, "janitor");
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert_int_eq(store_snapshot_take(chat.store, &snapshot), STORE_OK);
	close(snapshot.lock_fd);
	realmctl_close();
	WORKS(NULL, "backup", backup);
	assert_clean();
}
END_TEST

/* A file has its name when it is whole, and the last one stays until then. */
START_TEST(test_names)
{
	char path[PATH_SIZE];

	configure_peers();
	path_in(path, realm.dir, "missing/backup.tar");
	TELLS(73, NULL, "cannot make ", "backup", path);
	TELLS(66, NULL, "cannot read ", "restore", path);
	WORKS(NULL, "backup", backup);
	path_in(path, realm.state, "tables.tdb");
	ck_assert_int_eq(unlink(path), 0);
	TELLS(69, NULL, "there is no store in ", "backup", backup);
	WORKS(NULL, "restore", "-m", backup);
	assert_clean();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl backup");
	TCase *tcase = realmctl_tcase(suite, "kabarctl backup");

	tcase_add_test(tcase, test_everything);
	tcase_add_test(tcase, test_key);
	tcase_add_test(tcase, test_pipe);
	tcase_add_test(tcase, test_tools);
	tcase_add_test(tcase, test_load);
	tcase_add_test(tcase, test_epochs);
	tcase_add_test(tcase, test_in_use);
	tcase_add_test(tcase, test_damaged);
	tcase_add_test(tcase, test_forged);
	tcase_add_test(tcase, test_leftovers);
	tcase_add_test(tcase, test_names);
	return realm_run_suite(suite);
}
