/*
 * preload_users: the users whom preload_users.so adds to those of the system, for tests that start
 * programs as root. The system's own files stay as they are.
 */
#ifndef PRELOAD_USERS_H
#define PRELOAD_USERS_H

#define PRELOAD_USER  "kabar-test"  /* an ordinary one, with supplementary groups */
#define PRELOAD_ALIAS "kabar-alias" /* another name of uid 0 */

#define PRELOAD_WORKER "kabar-test-worker"

#define PRELOAD_WORKER_UID 64325
#define PRELOAD_WORKER_GID 64326

#define PRELOAD_UID     64321
#define PRELOAD_GID     64322
#define PRELOAD_GROUP_A 64323
#define PRELOAD_GROUP_B 64324

#endif
