/*
 * The dialects of the family that a listener can speak with clients, in the order in which they are
 * listed for people. Everything that knows them by name takes them from here. The dialect NAME is
 * the struct dialect dialect_NAME, in a file of its own in src/dialect/.
 */
#ifndef CONFIG_DIALECTS_H
#define CONFIG_DIALECTS_H

/* clang-format off */
#define CONFIG_DIALECTS(DIALECT) \
	DIALECT(realm) \
	DIALECT(show) \
	DIALECT(login) \
	DIALECT(files) \
	DIALECT(room)
/* clang-format on */

#define CONFIG_DIALECT_DEFAULT "realm"

/*
 * One of these, whose clients are told what happens in their conversations, and may log in by a
 * certificate of TLS: its listeners ask for one.
 */
#define CONFIG_DIALECT_IRC "irc"

/* The dialect of a listener for browsers: HTTP, and WebSockets with the requests of realm. */
#define CONFIG_DIALECT_WEB "web"

/* The dialect of a listener for the bridges of other realms; src/peering/ speaks it. */
#define CONFIG_DIALECT_PEER "peer"

#endif
