/*
 * notify: telling a service manager how we are, as sd_notify(3) does: a datagram to the socket that
 * the environment names. Without one nothing happens.
 */
#ifndef KABAR_NOTIFY_H
#define KABAR_NOTIFY_H

#include <stdint.h>

/* Sends assignments such as "READY=1", with newlines between them. */
void service_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Says that what is going on takes a while, until READY=1. */
void service_reloading(void);
/* How often a "WATCHDOG=1" is wanted of this process, in ms; 0: never. */
int64_t service_watchdog_ms(void);

#endif
