/* permit_fixture: see permit_fixture.h. The judge runs in the committer, a fork of the test. */
#include "permit_fixture.h"

#include <sys/mman.h>

#include <stdatomic.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "chat/group.h"
#include "chat/key.h"

#define OTHERS 4

struct shared {
	atomic_uint allowed;
	atomic_uint shared;
	unsigned int n;
	struct store_principal others[OTHERS];
};

struct store_tx permit_tx;

static struct shared *notes;
static struct store_principal present;

struct chat_message
permit_message(const char *from)
{
	return (struct chat_message){ .kind = CHAT_PRIVATE,
		.from = chat_text(from),
		.from_name = chat_text("Gary Lineker"),
		.realm = chat_text("malang"),
		.to = chat_text("messi"),
		.to_name = chat_text("messi"),
		.text = chat_text("halo") };
}

/* Ids are drawn by everybody, and expectations change nothing. */
static bool
changes_something(const struct store_step *steps, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (steps[i].kind != STORE_STEP_EXPECT &&
		    steps[i].kind != STORE_STEP_EXPECT_ABSENT && steps[i].kind != STORE_STEP_NEXT)
			return true;
	return false;
}

static bool
judge(struct store *store, const struct store_principal *principal, const struct store_step *steps,
    unsigned int n, unsigned int *refused)
{
	unsigned int step;

	if (!chat_permit(store, principal, steps, n, refused))
		return false;
	notes->allowed++;
	for (unsigned int i = 0; i < notes->n && changes_something(steps, n); i++)
		if (chat_permit(store, &notes->others[i], steps, n, &step))
			notes->shared++;
	return true;
}

static int
connect_bound(void *arg)
{
	int fd = store_committer_connect(file_chat.store);

	(void)arg;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(store_committer_bind(fd, &present), 0);
	return fd;
}

void
permit_as(unsigned int kind, uint64_t id)
{
	store_rest(file_chat.store);
	present = (struct store_principal){ .kind = kind, .id = id };
	file_chat.store->opt.connect = kind == 0 ? NULL : connect_bound;
}

void
permit_as_user(const struct chat_session *session)
{
	permit_as(CHAT_PRINCIPAL_USER, session->user.id);
}

void
permit_as_nobody(void)
{
	permit_as(0, 0);
}

void
permit_compare(unsigned int kind, uint64_t id)
{
	if (kind == 0)
		notes->n = 0;
	else
		notes->others[notes->n++] = (struct store_principal){ .kind = kind, .id = id };
	ck_assert_uint_lt(notes->n, OTHERS);
}

unsigned int
permit_allowed(void)
{
	return notes->allowed;
}

unsigned int
permit_shared(void)
{
	return notes->shared;
}

void
permit_setup(void)
{
	notes =
	    mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(notes != MAP_FAILED);
	file_permit = judge;
	file_setup_committer();
}

void
permit_teardown(void)
{
	permit_as_nobody();
	file_teardown();
	munmap(notes, sizeof(*notes));
}

enum store_status
permit_commit(void)
{
	return store_commit(file_chat.store, &permit_tx, NULL);
}

void
permit_expect_group(uint64_t id)
{
	struct chat_group group;

	if (chat_group_get(&file_chat, id, &group) == CHAT_OK)
		chat_group_tx_expect(&permit_tx, &group);
}

const unsigned char *
permit_id(uint64_t id)
{
	static unsigned char keys[2][CHAT_KEY_ID];
	static unsigned int turn;
	unsigned char *key = keys[turn++ % 2];

	chat_key_id(key, id);
	return key;
}

const unsigned char *
permit_pair(uint64_t first, uint64_t second)
{
	static unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, first, second);
	return key;
}

const unsigned char *
permit_state(char what, uint64_t id)
{
	static unsigned char key[CHAT_KEY_STATE];

	chat_key_state(key, what, id);
	return key;
}

size_t
permit_record(int table, const void *key, size_t key_len, unsigned char value[PERMIT_RECORD])
{
	size_t len;

	ck_assert_int_eq(store_get(file_chat.store, table, key, key_len, value, PERMIT_RECORD,
	                     &len),
	    STORE_OK);
	return len;
}

int
permit_main(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	log_set_level(LOG_ERR); /* forgeries are logged */
	tcase_add_checked_fixture(tcase, permit_setup, permit_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
