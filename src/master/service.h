/*
 * master_service: tells a service manager the state of this process, as sd_notify(3) does: by a
 * datagram to the socket that the environment names. Without one nothing happens.
 */
#ifndef KABAR_MASTER_SERVICE_H
#define KABAR_MASTER_SERVICE_H

#include <stdint.h>

/* Sends assignments such as "READY=1", with newlines between them. */
void master_service_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Tells that a reload has begun; READY=1 ends it. */
void master_service_reloading(void);
/* The interval at which this process is to send "WATCHDOG=1", in ms; 0: never. */
int64_t master_service_watchdog_ms(void);

#endif
