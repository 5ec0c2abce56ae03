/*
 * file_fixture: what the tests of files share. See file_fixture.h.
 */
#include "file_fixture.h"
#include "base/clock.h"
#include "chat/table.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat/file/download.h"
#include "chat/file/quota.h"
#include "chat/file/upload.h"
#include "chat/fsck/fsck.h"
#include "chat/group.h"
#include "chat/realm/remote_user.h"

#define TEXT_MAX 4096

struct config file_config;
struct chat file_chat;
struct chat_session messi, henderson, lineker;
uint64_t kopi;

static char dir[FIXTURE_DIR_MAX];
static char text[TEXT_MAX];

static void
add_user(const char *name, struct chat_session *session)
{
	struct chat_user user = { .id = 0 };

	snprintf(user.name, sizeof(user.name), "%s", name);
	snprintf(user.fullname, sizeof(user.fullname), "%s", name);
	ck_assert_int_eq(chat_user_add(&file_chat, &user, "surabaya"), CHAT_OK);
	session->user = user;
}

static void
add_people(void)
{
	struct chat_group group;

	add_user("messi", &messi);
	add_user("henderson", &henderson);
	add_user("lineker", &lineker);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("kopi"), messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), henderson.user.id),
	    CHAT_OK);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("kopi"), &group), CHAT_OK);
	kopi = group.id;
}

static void
make_config(void)
{
	fixture_dir(dir);
	file_config = (struct config){
		.realm = "surabaya",
		.password_cost = 1,
		.inbox_max = 10000,
		.blocks_max = 1000,
		.history = true,
		.conversations_max = 1000,
		.queue_max = 100000,
		.file_max = FILE_MAX_BYTES,
		.uploads_max = 3,
		.user_quota = FILE_QUOTA_BYTES,
		.peer_quota = FILE_PEER_QUOTA,
		.file_keep = 1000,
		.message_keep = 1000,
		.unread_keep = 1000,
	};
	snprintf(file_config.state, sizeof(file_config.state), "%s", dir);
}

static void
name_realm(struct store *store)
{
	ck_assert_int_eq(fixture_put(store, CHAT_TABLE_REALM, "name", file_config.realm), STORE_OK);
}

void
file_setup(void)
{
	struct store_options opt;

	make_config();
	opt = fixture_options(dir);
	opt.ring = chat_ring;
	store_close(fixture_create(&opt));
	file_chat = (struct chat){ .config = &file_config, .store = fixture_open_writer(&opt) };
	name_realm(file_chat.store);
	add_people();
}

store_permit *file_permit = chat_permit;

void
file_open(struct chat *chat)
{
	struct store_options opt = fixture_options(dir);

	opt.permit = file_permit;
	opt.ring = chat_ring;
	*chat = (struct chat){ .config = &file_config, .store = fixture_open(&opt) };
}

void
file_close(struct chat *chat)
{
	chat_close(chat);
}

void
file_setup_committer(void)
{
	struct store_options opt;

	make_config();
	opt = fixture_options(dir);
	opt.ring = chat_ring;
	store_close(fixture_create(&opt));
	file_open(&file_chat);
	name_realm(file_chat.store);
	add_people();
}

void
file_teardown(void)
{
	chat_close(&file_chat);
	fixture_remove(dir);
}

static enum chat_result
send_to(struct chat_upload *upload, enum chat_result result, const char *name, const char *content)
{
	if (result == CHAT_OK)
		result = chat_upload_begin(&file_chat, upload, chat_text(name));
	if (result == CHAT_OK)
		result = chat_upload_write(upload, content, strlen(content));
	if (result == CHAT_OK)
		result = chat_upload_finish(&file_chat, upload);
	chat_upload_end(upload);
	return result;
}

enum chat_result
file_send(const struct chat_session *session, const char *user, const char *name,
    const char *content)
{
	struct chat_upload upload;

	chat_upload_init(&upload, session);
	return send_to(&upload, chat_upload_to_user(&file_chat, &upload, chat_text(user)), name,
	    content);
}

enum chat_result
file_send_group(const struct chat_session *session, const char *group, const char *name,
    const char *content)
{
	struct chat_upload upload;

	chat_upload_init(&upload, session);
	return send_to(&upload, chat_upload_to_group(&file_chat, &upload, chat_text(group)), name,
	    content);
}

const char *
file_get(const struct chat_session *session, const char *who, const char *name)
{
	struct chat_download download;
	ssize_t len;
	enum chat_result result =
	    chat_download_open(&file_chat, session, chat_text(who), chat_text(name), &download);

	if (result != CHAT_OK) {
		snprintf(text, sizeof(text), "= %s", chat_strerror(result));
		return text;
	}
	len = read(download.fd, text, sizeof(text) - 1);
	ck_assert_int_eq(len, (ssize_t)download.size);
	close(download.fd);
	text[len] = '\0';
	return text;
}

struct listing {
	char who[CHAT_REMOTE_USER_TEXT];
	size_t len;
};

static void
add_listed(void *arg, struct chat_text who, struct chat_text name)
{
	struct listing *listing = arg;
	bool same = strlen(listing->who) == who.len && memcmp(listing->who, who.data, who.len) == 0;

	if (!same)
		listing->len += (size_t)snprintf(text + listing->len, sizeof(text) - listing->len,
		    "%s%.*s:", listing->len > 0 ? "; " : "", (int)who.len, who.data);
	snprintf(listing->who, sizeof(listing->who), "%.*s", (int)who.len, who.data);
	listing->len += (size_t)snprintf(text + listing->len, sizeof(text) - listing->len, " %.*s",
	    (int)name.len, name.data);
	ck_assert_uint_lt(listing->len, sizeof(text));
}

const char *
file_list(const struct chat_session *session)
{
	struct listing listing = { .len = 0 };

	text[0] = '\0';
	ck_assert_int_eq(chat_download_list(&file_chat, session, add_listed, &listing), CHAT_OK);
	return text;
}

static int
count_body(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	(void)hash;
	*(size_t *)arg += 1;
	return 0;
}

size_t
file_bodies(void)
{
	size_t n = 0;

	ck_assert_int_eq(chat_blob_each(&file_config, count_body, &n), 0);
	return n;
}

size_t
file_temporaries(void)
{
	char path[2 * FIXTURE_DIR_MAX];
	const struct dirent *entry;
	DIR *directory;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/file/tmp", dir);
	directory = opendir(path);
	while (directory != NULL && (entry = readdir(directory)) != NULL)
		n += entry->d_name[0] != '.';
	if (directory != NULL)
		closedir(directory);
	return n;
}

static int
age_body(void *arg, const unsigned char hash[CHAT_BLOB_HASH])
{
	const struct timespec *times = arg;
	int fd = chat_blob_open(&file_config, hash);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(futimens(fd, times), 0);
	close(fd);
	return 0;
}

void
file_age_bodies(int64_t seconds)
{
	struct timespec times[2];

	times[0].tv_sec = times[1].tv_sec = (time_t)(clock_now_ms() / 1000 - seconds);
	times[0].tv_nsec = times[1].tv_nsec = 0;
	ck_assert_int_eq(chat_blob_each(&file_config, age_body, times), 0);
}

void
file_assert_quota(const struct chat_session *session, uint64_t bytes, uint32_t files)
{
	struct chat_quota quota;

	ck_assert_int_eq(chat_quota_get(&file_chat, session->user.id, &quota), CHAT_OK);
	ck_assert_uint_eq(quota.bytes, bytes);
	ck_assert_uint_eq(quota.files, files);
}

struct findings {
	const char *expected;
	unsigned int n;
};

static void
add_finding(void *arg, const struct store_finding *finding)
{
	struct findings *findings = arg;

	ck_assert_msg(findings->expected != NULL, "%s", finding->text);
	findings->n += strstr(finding->text, findings->expected) != NULL;
}

void
file_assert_check(const char *finding)
{
	struct findings findings = { .expected = finding };
	struct chat_fsck_counts counts;

	ck_assert_int_ge(chat_fsck_check(&file_chat, add_finding, &findings, &counts), 0);
	ck_assert_msg(finding == NULL || findings.n > 0, "not found: %s", finding);
}

uint64_t
file_outbox_number(uint64_t peer, uint64_t id)
{
	struct store_entry entry;

	ck_assert_int_eq(store_entry(file_chat.store, id, &entry), STORE_OK);
	uint64_t number = store_entry_number(&entry, peer);
	ck_assert_uint_ne(number, 0);
	return number;
}
