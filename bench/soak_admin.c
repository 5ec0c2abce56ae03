/*
 * soak_admin: the administrator of one realm, who does all that kabarctl can do to a realm that
 * serves; and who kills. kabard is this thread's child, and ends with it.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_cut.h"
#include "soak_look.h"
#include "soak_talk.h"

#define PAUSE_MS      2500
#define OUTPUT        8192
#define COMMITTER_MS  30000 /* how long the last committer may take to end */
#define RESTORE_EACH  3     /* one in so many backups is restored */
#define SOON_MS       500
#define AGAIN_PERCENT 33 /* how often a power cut follows another one soon */

struct admin {
	struct soak *soak;
	struct soak_realm *realm;
	struct dice dice;
};

/* Runs kabarctl, which has to succeed. */
static bool
demand(struct admin *admin, const char *config, const char *const args[])
{
	char output[OUTPUT];
	int status =
	    soak_ctl(admin->soak, admin->realm, config, NULL, output, sizeof(output), args);

	if (status != 0)
		soak_fail(admin->soak, "%s: kabarctl %s: status %d: %.600s", admin->realm->name,
		    args[0], status, output);
	else if (strstr(output, "LOST") != NULL || strstr(output, "Sanitizer") != NULL)
		soak_fail(admin->soak, "%s: kabarctl %s: %.600s", admin->realm->name, args[0],
		    output);
	return status == 0;
}

#define DEMAND(admin, ...) demand(admin, NULL, (const char *const[]){ __VA_ARGS__, NULL })

static void
do_reload(struct admin *admin)
{
	DEMAND(admin, "reload");
	soak_count(admin->soak, SOAK_RELOADS);
}

static void
do_upgrade(struct admin *admin)
{
	DEMAND(admin, "upgrade");
	soak_count(admin->soak, SOAK_UPGRADES);
}

/* A second realm is made of it beside the first, looked at, and thrown away. */
static void
restore_elsewhere(struct admin *admin, const char *file)
{
	char config[SOAK_PATH + 16], state[SOAK_PATH + 16];

	snprintf(config, sizeof(config), "%s/scratch.conf", admin->realm->dir);
	snprintf(state, sizeof(state), "%s/scratch", admin->realm->dir);
	if (demand(admin, config, (const char *const[]){ "restore", file, NULL }))
		soak_count(admin->soak, SOAK_RESTORES);
	server_remove(state);
}

static void
do_backup(struct admin *admin)
{
	char file[SOAK_PATH + 16];

	snprintf(file, sizeof(file), "%s/backup.tar", admin->realm->dir);
	if (!DEMAND(admin, "backup", file))
		return;
	soak_count(admin->soak, SOAK_BACKUPS);
	if (dice_roll(&admin->dice, RESTORE_EACH) == 0)
		restore_elsewhere(admin, file);
	unlink(file);
}

static void
do_compact(struct admin *admin)
{
	DEMAND(admin, "compact");
	soak_count(admin->soak, SOAK_COMPACTIONS);
}

static void
do_check(struct admin *admin)
{
	DEMAND(admin, "check");
	soak_count(admin->soak, SOAK_CHECKS);
}

static void
do_look(struct admin *admin)
{
	static const char *const looks[][2] = { { "stats", "-j" }, { "stats", "-p" }, { "stats" },
		{ "who", "-j" }, { "status" }, { "peer", "list" }, { "queue", "list" },
		{ "user", "list" }, { "group", "list" }, { "janitor" }, { "export" } };
	const char *const *look = looks[dice_roll(&admin->dice, sizeof(looks) / sizeof(looks[0]))];

	demand(admin, NULL, (const char *const[]){ look[0], look[1], NULL });
	soak_count(admin->soak, SOAK_OTHER_COMMANDS);
}

static void
do_kick(struct admin *admin)
{
	char name[16];

	snprintf(name, sizeof(name), SOAK_USER, dice_roll(&admin->dice, SOAK_USERS));
	int status = SOAK_CTL(admin->soak, admin->realm, "kick", name);
	if (status != 0 && status != 1) /* 1: is not there */
		soak_fail(admin->soak, "%s: kabarctl kick %s: status %d", admin->realm->name, name,
		    status);
	soak_count(admin->soak, SOAK_KICKS);
}

/* It is a message as any other: everybody has to read it once. */
static void
do_broadcast(struct admin *admin)
{
	struct ledger *ledger = admin->soak->ledger;
	unsigned int sender = SOAK_ADMIN(admin->realm->index), readers[SOAK_USERS];
	char text[SCAN_TEXT_MAX];

	for (unsigned int i = 0; i < SOAK_USERS; i++)
		readers[i] = admin->realm->index * SOAK_USERS + i;
	uint32_t number = ledger_begin(ledger, sender, readers, SOAK_USERS, false);
	scan_make_text(text, sender, number, 300);
	bool done = DEMAND(admin, "broadcast", text);
	ledger_end(ledger, sender, number, readers, SOAK_USERS,
	    done ? LEDGER_ACKNOWLEDGED : LEDGER_UNKNOWN);
	soak_count(admin->soak, SOAK_BROADCASTS);
}

static void
kill_worker(struct admin *admin)
{
	pid_t pids[LOOK_PROCESSES];
	size_t n = process_workers(admin->realm, pids);

	if (n == 0)
		return;
	kill(pids[dice_roll(&admin->dice, (unsigned int)n)], SIGKILL);
	soak_count(admin->soak, SOAK_WORKERS_KILLED);
}

static void
kill_committer(struct admin *admin)
{
	pid_t pid = process_committer(admin->realm);

	if (pid == 0)
		return;
	kill(pid, SIGKILL);
	soak_count(admin->soak, SOAK_COMMITTERS_KILLED);
}

static void
kill_bridge(struct admin *admin)
{
	pid_t pid = process_bridge(admin->realm);

	if (pid == 0)
		return;
	kill(pid, SIGKILL);
	soak_count(admin->soak, SOAK_BRIDGES_KILLED);
}

static void
kill_kabard(struct admin *admin)
{
	soak_realm_end(admin->soak, admin->realm, SIGKILL);
	soak_pause_ms(dice_roll(&admin->dice, 2000));
	soak_count(admin->soak, SOAK_KABARDS_KILLED);
	if (soak_realm_start(admin->soak, admin->realm) != 0)
		soak_fail(admin->soak, "%s does not start again", admin->realm->name);
}

/*
 * All processes end at once, and nothing of what is not synced is on the disk when the next kabard
 * starts. At times the power fails again soon, in the midst of the repair.
 */
static void
cut_the_power(struct admin *admin)
{
	do {
		soak_realm_end(admin->soak, admin->realm, SIGKILL);
		if (!process_kill_all(admin->realm)) {
			soak_fail(admin->soak, "%s: processes cannot be killed",
			    admin->realm->name);
			break;
		}
		if (cut_power(admin->realm->state, dice_roll(&admin->dice, UINT32_MAX)) < 0)
			soak_fail(admin->soak, "%s: no power cut", admin->realm->name);
		soak_count(admin->soak, SOAK_POWER_CUTS);
		if (soak_realm_start(admin->soak, admin->realm) != 0)
			soak_fail(admin->soak, "%s does not start after a power cut",
			    admin->realm->name);
		soak_pause_ms(dice_roll(&admin->dice, SOON_MS));
	} while (soak_runs(admin->soak) && dice_percent(&admin->dice, AGAIN_PERCENT));
}

static bool
stop_kabard(struct admin *admin)
{
	int status = soak_realm_end(admin->soak, admin->realm, SIGTERM);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	soak_fail(admin->soak, "%s: kabard ends with status 0x%x", admin->realm->name,
	    (unsigned int)status);
	return false;
}

static void
do_restart(struct admin *admin)
{
	stop_kabard(admin);
	soak_count(admin->soak, SOAK_RESTARTS);
	if (soak_realm_start(admin->soak, admin->realm) != 0)
		soak_fail(admin->soak, "%s does not start again", admin->realm->name);
}

/*
 * How often. In the calm realm what lives long is left alone, so that what it gathers in all its
 * life is seen; in the rough one kabard lives some minutes.
 */
static const struct deed {
	unsigned int weight[SOAK_REALMS];
	void (*act)(struct admin *);
} deeds[] = {
	{ .weight = { 12, 12 }, .act = do_reload },
	{ .weight = { 6, 0 }, .act = do_upgrade },
	{ .weight = { 5, 5 }, .act = do_backup },
	{ .weight = { 4, 4 }, .act = do_compact },
	{ .weight = { 6, 6 }, .act = do_check },
	{ .weight = { 18, 18 }, .act = do_look },
	{ .weight = { 10, 10 }, .act = do_kick },
	{ .weight = { 4, 4 }, .act = do_broadcast },
	{ .weight = { 20, 20 }, .act = kill_worker },
	{ .weight = { 12, 0 }, .act = kill_committer },
	{ .weight = { 5, 0 }, .act = kill_bridge },
	{ .weight = { 1, 0 }, .act = kill_kabard },
	{ .weight = { 3, 0 }, .act = cut_the_power },
	{ .weight = { 1, 0 }, .act = do_restart },
};

#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

static void
do_something(struct admin *admin)
{
	unsigned int sum = 0, rolled;

	for (size_t i = 0; i < DEEDS; i++)
		sum += deeds[i].weight[admin->realm->index];
	rolled = dice_roll(&admin->dice, sum);
	for (size_t i = 0; i < DEEDS; i++) {
		unsigned int weight = deeds[i].weight[admin->realm->index];

		if (rolled < weight) {
			deeds[i].act(admin);
			return;
		}
		rolled -= weight;
	}
}

/* When all is over nothing runs any more, and what was kept is sound. */
static void
finish(struct admin *admin)
{
	int64_t limit = soak_now_ms() + COMMITTER_MS;

	if (!stop_kabard(admin))
		return;
	DEMAND(admin, "janitor");
	DEMAND(admin, "check");
	while (process_count(admin->realm) > 0 && soak_now_ms() < limit)
		soak_pause_ms(50);
	if (process_count(admin->realm) > 0)
		soak_fail(admin->soak, "%s: %zu processes are left", admin->realm->name,
		    process_count(admin->realm));
}

void *
soak_admin(void *arg)
{
	struct soak_role *role = arg;
	struct admin admin = { .soak = role->soak, .realm = role->realm };

	dice_init(&admin.dice, role->soak->seed, SOAK_ADMIN(role->realm->index));
	if (soak_realm_start(admin.soak, admin.realm) != 0) {
		soak_fail(admin.soak, "%s does not start", admin.realm->name);
		return NULL;
	}
	while (soak_runs(admin.soak)) {
		soak_pause_ms(dice_roll(&admin.dice, PAUSE_MS));
		do_something(&admin);
	}
	while (atomic_load(&admin.soak->phase) == SOAK_DRAINING)
		soak_pause_ms(50);
	finish(&admin);
	return NULL;
}
