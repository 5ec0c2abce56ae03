/* auth_helper: a socket pair each; jobs and results are one packet of the same struct. */
#include "auth/helper.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "chat/invitation.h"
#include "chat/login.h"
#include "chat/look_alike.h"
#include "chat/realm/legacy.h"
#include "chat/user_delete.h"
#include "chat/user_guest.h"

#define ERROR_SIZE 512
#define HELPER_FD  3
#define NICE       10 /* messages go before logins: those who guess shall not slow them */

static void
end_texts(struct auth_job *job)
{
	job->password[sizeof(job->password) - 1] = '\0';
	job->wanted[sizeof(job->wanted) - 1] = '\0';
	job->hash[sizeof(job->hash) - 1] = '\0';
	job->fresh[sizeof(job->fresh) - 1] = '\0';
	job->address[sizeof(job->address) - 1] = '\0';
	job->code[sizeof(job->code) - 1] = '\0';
	job->name[sizeof(job->name) - 1] = '\0';
}

static void
compute_hash(struct auth_job *job)
{
	const char *password = job->kind == AUTH_JOB_CHANGE ? job->wanted : job->password;

	job->right = true;
	if (job->kind != AUTH_JOB_HASH)
		job->right = password_try(job->possible ? job->password : NULL, job->hash,
		                 job->cost, job->fresh) == 1;
	if (job->kind != AUTH_JOB_TRY && job->right &&
	    password_hash(password, job->cost, job->fresh, sizeof(job->fresh)) != 0) {
		job->fresh[0] = '\0';
		job->right = job->kind == AUTH_JOB_CHANGE;
	}
}

static void
renew_hash(struct chat *chat, struct auth_job *job)
{
	struct chat_login login = { .user = job->user };

	memcpy(login.hash, job->hash, sizeof(login.hash));
	chat_login_renew(chat, &login, job->fresh);
	chat_login_wipe(&login);
}

/*
 * Nobody waits for the clerk's job: the gate has said so, or has gone, and its workers were told
 * that it failed.
 */
static bool
is_unwanted(const atomic_bool *unwanted)
{
	struct pollfd gate = { .fd = HELPER_FD };

	return atomic_load(unwanted) || poll(&gate, 1, 0) != 0;
}

/* Without a code that is good nobody learns which names are taken. */
static void
add_account(struct chat *chat, struct auth_job *job, const atomic_bool *unwanted)
{
	const char *code = job->code[0] == '\0' ? NULL : job->code;
	struct chat_invitation invitation;

	job->result = CHAT_OK;
	if (code != NULL)
		job->result = chat_user_invitation(chat, code, &invitation);
	if (job->result == CHAT_OK)
		job->result = chat_look_alike_check(chat, &job->user);
	if (job->result == CHAT_OK && is_unwanted(unwanted))
		job->result = CHAT_FAILED;
	if (job->result == CHAT_OK)
		job->result = chat_user_import_invited(chat, &job->user, job->fresh, code);
	job->id = job->user.id;
}

/* What concerns guests. One who is being made is not made for a worker that has gone. */
static void
serve_guest(struct chat *chat, struct auth_job *job, const atomic_bool *unwanted)
{
	const char *code = job->code[0] == '\0' ? NULL : job->code;

	if (job->kind == AUTH_JOB_GUEST && !is_unwanted(unwanted))
		job->result = chat_user_guest_enter(chat, &job->user, job->abandoned);
	else if (job->kind == AUTH_JOB_CLAIM && !is_unwanted(unwanted))
		job->result = chat_user_guest_claim(chat, &job->user, job->fresh, code);
	else if (job->kind == AUTH_JOB_RENAME)
		job->result = chat_user_guest_rename(chat, &job->user, chat_text(job->name));
	else if (job->kind == AUTH_JOB_GONE)
		job->result = chat_user_delete_guest(chat, job->user.id);
	job->id = job->user.id;
	store_rest(chat->store);
}

/* Each name may take seconds. */
static void
find_server(struct chat *chat, struct auth_job *job, const atomic_bool *unwanted)
{
	struct chat_peer peer;
	uint32_t index = 0;

	while ((job->result = chat_legacy_at(chat, &index, &peer)) == CHAT_OK) {
		if (is_unwanted(unwanted)) {
			job->result = CHAT_FAILED;
			return;
		}
		if (address_host_has(peer.address, job->address)) {
			job->id = peer.id;
			return;
		}
	}
}

static void
do_clerks_job(struct chat *chat, struct auth_job *job, const atomic_bool *unwanted)
{
	job->result = CHAT_FAILED;
	if (is_unwanted(unwanted))
		return;
	store_refresh(chat->store);
	switch (job->kind) {
	case AUTH_JOB_ADD:
		add_account(chat, job, unwanted);
		store_rest(chat->store); /* the committer can end while nobody needs it */
		break;
	case AUTH_JOB_INVITE:
		job->result = chat_invitation_make_by_user(chat, job->user.id, job->code);
		store_rest(chat->store);
		break;
	case AUTH_JOB_RENEW:
		renew_hash(chat, job);
		job->result = CHAT_OK;
		break;
	case AUTH_JOB_PASSWD:
		if (!is_unwanted(unwanted))
			job->result = chat_user_rehash(chat, &job->user, job->fresh);
		job->id = job->user.id;
		store_rest(chat->store);
		break;
	case AUTH_JOB_CERTIFY:
		if (!is_unwanted(unwanted))
			job->result =
			    (job->adds ? chat_certificate_add : chat_certificate_remove)(chat,
			        job->user.id, &job->certificate);
		store_rest(chat->store);
		break;
	case AUTH_JOB_GUEST:
	case AUTH_JOB_CLAIM:
	case AUTH_JOB_RENAME:
	case AUTH_JOB_GONE:
		serve_guest(chat, job, unwanted);
		break;
	case AUTH_JOB_SERVER:
		find_server(chat, job, unwanted);
		break;
	case AUTH_JOB_TRY:
	case AUTH_JOB_HASH:
	case AUTH_JOB_CHANGE:
		break;
	}
}

/* Serves until the gate has gone. The memory of a job is wiped before the next one is waited for.
 */
static void __attribute__((noreturn))
serve_gate(int fd, struct chat *chat, const atomic_bool *unwanted)
{
	struct auth_job job;
	ssize_t len;

	while ((len = recv(fd, &job, sizeof(job), 0)) != 0) {
		if (len < 0 && errno == EINTR)
			continue;
		if (len != sizeof(job))
			break;
		end_texts(&job);
		if (chat == NULL)
			compute_hash(&job);
		else
			do_clerks_job(chat, &job, unwanted);
		explicit_bzero(job.password, sizeof(job.password));
		explicit_bzero(job.wanted, sizeof(job.wanted));
		while ((len = send(fd, &job, sizeof(job), MSG_NOSIGNAL)) < 0 && errno == EINTR)
			;
		explicit_bzero(&job, sizeof(job));
		if (len < 0)
			break;
	}
	_exit(0);
}

/* The log must not hold a descriptor that is closed here. */
static void
detach_log(void)
{
	closefrom(HELPER_FD + 1);
	(void)log_detach();
}

int
auth_helper_confine_hasher(char *error, size_t size)
{
	const struct sandbox sandbox = { .kind = SANDBOX_HASHER };

	return sandbox_is_prepared(SANDBOX_HASHER) ? sandbox_enter(&sandbox, error, size) : 0;
}

/* A hasher has its end of the pair and nothing else. */
static void __attribute__((noreturn)) run_hasher(const char *name, int fd)
{
	char error[ERROR_SIZE];

	log_set_tag("%s", name);
	if (fd != HELPER_FD && dup2(fd, HELPER_FD) != HELPER_FD)
		fatal("dup2");
	detach_log();
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	setproctitle("%s", name);
	if (auth_helper_confine_hasher(error, sizeof(error)) != 0)
		fatalx("%s", error);
	serve_gate(HELPER_FD, NULL, NULL);
}

static void __attribute__((noreturn)) run_clerk(const char *name, int fd,
    const struct config *config, struct store *inherited, const atomic_bool *unwanted)
{
	struct store_options opt = chat_store_options(config);
	struct chat chat = { .config = config };
	char error[ERROR_SIZE];

	log_set_tag("%s", name);
	store_close(inherited);
	if (fd != HELPER_FD && dup2(fd, HELPER_FD) != HELPER_FD)
		fatal("dup2");
	detach_log();
	setproctitle("%s", name);
	chat.store = store_open(&opt, error, sizeof(error));
	if (chat.store == NULL)
		fatalx("%s", error);
	/* Without it no guest is taken for gone. */
	chat.scoreboard = scoreboard_open(config->state, (unsigned int)config->max_clients);
	serve_gate(HELPER_FD, &chat, unwanted);
}

/* Its page is the gate's and the clerk's. 0 or -1. */
static int
share_word(struct auth_helper *helper)
{
	void *page = mmap(NULL, sizeof(*helper->unwanted), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -1;
	helper->unwanted = page;
	return 0;
}

static void
forget_word(struct auth_helper *helper)
{
	if (helper->unwanted != NULL)
		munmap(helper->unwanted, sizeof(*helper->unwanted));
	helper->unwanted = NULL;
}

int
auth_helper_start(struct auth_helper *helper, const char *name, const struct config *clerk,
    struct store *inherited)
{
	int ends[2];

	*helper = (struct auth_helper){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	if (clerk != NULL && share_word(helper) != 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	helper->pid = fork();
	if (helper->pid == 0) {
		signals_reset_all();
		signals_unblock_all();
		if (clerk == NULL)
			run_hasher(name, ends[1]);
		run_clerk(name, ends[1], clerk, inherited, helper->unwanted);
	}
	close(ends[1]);
	if (helper->pid > 0) {
		helper->fd = ends[0];
		return 0;
	}
	close(ends[0]);
	forget_word(helper);
	return -1;
}

void
auth_helper_stop(struct auth_helper *helper)
{
	if (helper->fd < 0)
		return;
	forget_word(helper);
	close(helper->fd);
	helper->fd = -1;
	helper->busy = false;
	kill(helper->pid, SIGKILL);
	while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int
auth_helper_give(struct auth_helper *helper, const struct auth_job *job)
{
	ssize_t sent;

	if (helper->unwanted != NULL)
		atomic_store(helper->unwanted, false);
	do
		sent = send(helper->fd, job, sizeof(*job), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	helper->busy = sent == sizeof(*job);
	return helper->busy ? 0 : -1;
}

void
auth_helper_cancel(const struct auth_helper *helper)
{
	if (helper->unwanted != NULL)
		atomic_store(helper->unwanted, true);
}

int
auth_helper_get(struct auth_helper *helper, struct auth_job *job)
{
	ssize_t got;

	do
		got = recv(helper->fd, job, sizeof(*job), MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	helper->busy = false;
	if (got != sizeof(*job))
		return -1;
	end_texts(job);
	return 0;
}
