/*
 * ctl_hold: keeps all other processes off the state directory, for commands that change the files
 * that those have open.
 */
#ifndef KABAR_CTL_HOLD_H
#define KABAR_CTL_HOLD_H

#include "ctl/ctl.h"
#include "live/link_status.h"

struct ctl_hold {
	int master;
	int committer;
	struct link_status_file *links;
};

/*
 * Takes all locks, as the realm's user. CTL_OK, or another status having said which process is at
 * work there; to be dropped in either case.
 */
int ctl_hold_take(struct ctl *, struct ctl_hold *);
void ctl_hold_drop(struct ctl *, struct ctl_hold *);

#endif
