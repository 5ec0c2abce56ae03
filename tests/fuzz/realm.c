/*
 * realm: a realm in memory for fuzz targets. See realm.h.
 */
#include "realm.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rmtree.h"
#include "chat/fsck/fsck.h"
#include "chat/group.h"
#include "chat/password.h"
#include "chat/table.h"
#include "fuzz.h"

#define SLOTS 16

struct config fuzz_config;
struct chat_session fuzz_sessions[FUZZ_USERS];

static const char *const names[FUZZ_USERS] = { "messi", "henderson", "lineker" };
static char hash[PASSWORD_HASH_SIZE];
static pid_t owner;

static void
remove_state(void)
{
	if (getpid() == owner)
		rmtree(fuzz_config.state);
	config_free(&fuzz_config);
}

/* Settings that are not named here have their defaults. */
static void
load_config(const char *state)
{
	char text[1024], path[32], error[512];
	int len = snprintf(text, sizeof(text),
	    "realm = surabaya\nstate = \"%s\"\npassword_cost = %d\nmax_clients = %d\n"
	    "sync = off\ninbox_max = 20\nqueue_max = 20\nfile_max = 1000\ninbox_file_max = 100\n"
	    "user_quota = 2500\npeer_quota = 3500\ndelivery_wait = 0\n"
	    "listen main { address = \"127.0.0.1\" dialect = realm }\n",
	    state, PASSWORD_COST_MIN, SLOTS);
	int fd = fuzz_realm_file(text, (size_t)len);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (config_load(&fuzz_config, path, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		abort();
	}
	close(fd);
}

int
fuzz_realm_init(void)
{
	const char *base = getenv("TMPDIR");
	char state[512];

	owner = getpid();
	snprintf(state, sizeof(state), "%s/kabar-fuzz-XXXXXX", base == NULL ? "/tmp" : base);
	DEMAND(mkdtemp(state) != NULL);
	load_config(state);
	atexit(remove_state);
	log_init("fuzz", LOG_TO_STDERR, LOG_DAEMON);
	log_set_level(getenv("FUZZ_LOG") != NULL ? LOG_DEBUG : LOG_EMERG);
	DEMAND(password_hash(FUZZ_PASSWORD, PASSWORD_COST_MIN, hash, sizeof(hash)) == 0);
	return 0;
}

static void
add_user(struct chat *chat, const char *name, struct chat_session *session)
{
	struct chat_user user = { .admin = strcmp(name, "lineker") == 0, .created_ms = 1 };

	snprintf(user.name, sizeof(user.name), "%s", name);
	snprintf(user.fullname, sizeof(user.fullname), "Tuan %s", name);
	snprintf(user.country, sizeof(user.country), "Indonesia");
	DEMAND(chat_user_import(chat, &user, hash) == CHAT_OK);
	DEMAND(chat_session_open(chat, &user, session) == CHAT_OK);
}

static void
add_peer(struct chat *chat, const char *name, bool legacy)
{
	struct config_peer peer = { .port = 1, .legacy = legacy };

	snprintf(peer.name, sizeof(peer.name), "%s", name);
	snprintf(peer.address, sizeof(peer.address), FUZZ_LEGACY);
	if (!legacy)
		snprintf(peer.fingerprint, sizeof(peer.fingerprint), FUZZ_FINGERPRINT);
	DEMAND(chat_peer_load(chat, &peer) == CHAT_OK);
}

void
fuzz_realm_open(struct chat *chat)
{
	struct store_options opt = { .state = fuzz_config.state,
		.log_file_size = 1024 * 1024,
		.table_slots = 64,
		.memory = true };
	struct store_tx tx;
	char error[512];

	*chat = (struct chat){ .config = &fuzz_config,
		.store = store_open(&opt, error, sizeof(error)) };
	DEMAND(chat->store != NULL);
	chat->scoreboard = scoreboard_open(fuzz_config.state, SLOTS);
	DEMAND(chat->scoreboard != NULL);
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_REALM, "name", 4, fuzz_config.realm,
	    strlen(fuzz_config.realm));
	DEMAND(store_commit(chat->store, &tx, NULL) == STORE_OK);
	for (size_t i = 0; i < FUZZ_USERS; i++)
		add_user(chat, names[i], &fuzz_sessions[i]);
	DEMAND(chat_group_add(chat, chat_text("kopi"), fuzz_sessions[0].user.id) == CHAT_OK);
	DEMAND(chat_group_join(chat, chat_text("kopi"), fuzz_sessions[1].user.id) == CHAT_OK);
	add_peer(chat, "malang", false);
	add_peer(chat, "medan", true);
}

/* Files would pile up, and an input would behave differently after others: its users have the ids
 * of other users before, whose hashes they would find. */
static void
remove_files(void)
{
	char path[sizeof(fuzz_config.state) + sizeof(CHAT_PASSWORD_FILE) + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s/file", fuzz_config.state);
	if (lstat(path, &st) == 0)
		DEMAND(rmtree(path) == 0);
	snprintf(path, sizeof(path), "%s/" CHAT_PASSWORD_FILE, fuzz_config.state);
	DEMAND(unlink(path) == 0 || errno == ENOENT);
}

void
fuzz_realm_close(struct chat *chat)
{
	if (chat->store != NULL)
		chat_close(chat);
	remove_files();
}

struct chat_peer
fuzz_realm_peer(struct chat *chat, const char *name)
{
	struct chat_peer peer;

	DEMAND(chat_peer_find(chat, chat_text(name), &peer) == CHAT_OK);
	return peer;
}

static void
refuse_finding(void *arg, const struct store_finding *finding)
{
	(void)arg;
	if (finding->class < STORE_FOUND_DAMAGED)
		return;
	fprintf(stderr, "a check finds: %s\n", finding->text);
	abort();
}

void
fuzz_realm_check(struct chat *chat)
{
	struct chat_fsck_counts counts;

	DEMAND(chat_fsck_check(chat, refuse_finding, NULL, &counts) >= 0);
}

int
fuzz_realm_file(const void *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	DEMAND(fd >= 0 && write(fd, data, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

char *
fuzz_realm_contents(int fd, size_t *len)
{
	struct stat st;

	DEMAND(fstat(fd, &st) == 0);
	char *text = malloc((size_t)st.st_size + 1);
	DEMAND(text != NULL && pread(fd, text, (size_t)st.st_size, 0) == st.st_size);
	text[st.st_size] = '\0';
	*len = (size_t)st.st_size;
	if (getenv("FUZZ_LOG") != NULL)
		fprintf(stderr, "%s", text);
	return text;
}
