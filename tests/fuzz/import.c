/*
 * The lines that kabarctl imports: each is refused or makes an account, and a check finds nothing
 * wrong with the realm afterwards.
 */
#include "ctl/transfer.c" /* its command opens a realm of its own */

#include "fuzz.h"
#include "realm.h"

FUZZ_INIT(fuzz_realm_init)

const unsigned int fuzz_mutations = 60;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctl ctl = { .config = fuzz_config, .reporting = true };
	FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
	FILE *complaints = stderr, *nowhere;

	if (file == NULL)
		return 0;
	fuzz_realm_open(&ctl.chat);
	nowhere = fopen("/dev/null", "w");
	DEMAND(nowhere != NULL);
	stderr = nowhere;
	ctl.json = true; /* no sentences, and a report that goes nowhere */
	json_out_init(&ctl.report, json_out_fill, &(struct json_out_buffer){ .size = 0 });
	(void)import_file(&ctl, file, "input");
	stderr = complaints;
	fclose(nowhere);
	fclose(file);
	fuzz_realm_check(&ctl.chat);
	fuzz_realm_close(&ctl.chat);
	return 0;
}
