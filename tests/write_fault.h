/*
 * write_fault: for integration tests: what preload_write and a test share. One write of the
 * programs that have this library fails, or is short: the n-th that any of them makes.
 */
#ifndef WRITE_FAULT_H
#define WRITE_FAULT_H

#include <stdatomic.h>
#include <stdint.h>

/* Names the file to preload_write. */
#define WRITE_FAULT_VARIABLE "KABAR_TEST_WRITE"
#define WRITE_FAULT_SHORT    0 /* in place of an errno: half of the bytes are written */

struct write_fault {
	_Atomic int64_t left; /* writes up to the one that fails, itself counted; below 1: none */
	_Atomic int error;    /* its errno, or WRITE_FAULT_SHORT */
	_Atomic int met;      /* it has failed */
};

#endif
