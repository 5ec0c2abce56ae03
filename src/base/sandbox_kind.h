/* sandbox_kind: the kinds of processes that are confined, and what may differ within a kind. */
#ifndef KABAR_SANDBOX_KIND_H
#define KABAR_SANDBOX_KIND_H

#include <stdint.h>

/*
 * The sanitizers make system calls of their own, trace their process and reserve memory without
 * limit. In their builds nothing but execve() is filtered, files can be read everywhere, and memory
 * has no limit.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_WIDE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANDBOX_WIDE 1
#endif
#endif
#ifndef SANDBOX_WIDE
#define SANDBOX_WIDE 0
#endif

enum sandbox_kind {
	SANDBOX_WORKER, /* of kabard: serves one client, or a realm that delivers */
	SANDBOX_INETD,  /* the same without a master: starts a committer, signals other workers */
	SANDBOX_NAMING, /* either, in a realm that knows an older server by its host's name */
	SANDBOX_COMMITTER, /* the only one that changes the store */
	SANDBOX_JANITOR,
	SANDBOX_BRIDGE, /* connects to other realms */
	SANDBOX_GATE,   /* answers logins, starts hashers and a committer */
	SANDBOX_HASHER, /* computes; pipes to the gate are all it has */
	SANDBOX_READER, /* of kabarctl: unpacks what another machine wrote */
	SANDBOX_KINDS
};

#define SANDBOX_BIT(kind) (1U << (kind))

struct sandbox {
	enum sandbox_kind kind;
	const char *writable;        /* a directory below which all may be done; NULL: none */
	const char *const *readable; /* files and directories, NULL at the end; NULL: none. Those
	                                that do not exist are left out */
	/*
	 * Called when all paths are open and before the rest is forbidden: gives up the user and
	 * the root directory. 0, or -1 with errno. NULL: nothing to give up.
	 */
	int (*become)(void *arg);
	void *arg;
	uint64_t file_size; /* of a file that it writes, bytes; 0: no limit */
};

#endif
