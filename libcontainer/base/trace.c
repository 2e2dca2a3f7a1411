/* SPDX-License-Identifier: Apache-2.0 */
#include "base/trace.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/jsonw.h"
#include "base/mem.h"

enum { RECORDS = 512, NAME_SIZE = 47 };

struct record {
	int64_t begin, end; /* end 0: not yet */
	uint8_t who;
	char name[NAME_SIZE];
};

struct trace_buffer {
	_Atomic uint32_t n; /* asked for; may be more than there are */
	struct record v[RECORDS];
};

static const char *const who_names[] = {
	[TRACE_BRIDGE] = "bridge",
	[TRACE_INIT] = "init",
	[TRACE_JOINER] = "joiner",
	[TRACE_PROCESS] = "process",
};

int trace_open(struct trace *t, bool clock_is_call, struct err *e)
{
	/* Populated here: else init's share would count towards the container's memory limit. */
	void *p = mmap(NULL, sizeof(struct trace_buffer), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		return err_errno(e, "memory for the trace: mmap(2)");
	*t = (struct trace){ p, TRACE_HOST, clock_is_call };
	return 0;
}

void trace_done(struct trace *t)
{
	if (t->buffer)
		(void)munmap(t->buffer, sizeof(*t->buffer));
	t->buffer = NULL;
}

struct trace trace_as(const struct trace *t, enum trace_who who)
{
	return t ? (struct trace){ t->buffer, who, t->clock_is_call } : (struct trace){ 0 };
}

int64_t trace_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void trace_add(const struct trace *t, const char *name, int64_t begin, int64_t end)
{
	if (!t || !t->buffer)
		return;
	uint32_t index = atomic_fetch_add(&t->buffer->n, 1);
	if (index >= RECORDS)
		return;
	struct record *r = &t->buffer->v[index];
	r->begin = begin;
	r->end = end;
	r->who = (uint8_t)t->who;
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
}

void trace_mark(const struct trace *t, const char *name)
{
	if (t && t->buffer) {
		int64_t now = trace_now();

		trace_add(t, name, now, now);
	}
}

struct trace_span trace_begin(const struct trace *t, const char *name)
{
	struct trace_span s = { t, UINT32_MAX };

	if (!t || !t->buffer)
		return s;
	s.index = atomic_fetch_add(&t->buffer->n, 1);
	if (s.index >= RECORDS)
		return s;
	struct record *r = &t->buffer->v[s.index];
	r->end = 0;
	r->who = (uint8_t)t->who;
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
	r->begin = trace_now();
	return s;
}

void trace_end(struct trace_span *s)
{
	if (s->index < RECORDS && s->trace->buffer)
		s->trace->buffer->v[s->index].end = trace_now();
}

void trace_before_filter(struct trace *t)
{
	if (!t->buffer || !t->clock_is_call)
		return;
	uint32_t n = atomic_load(&t->buffer->n);
	int64_t now = trace_now();
	for (uint32_t i = 0; i < n && i < RECORDS; i++)
		if (t->buffer->v[i].who == t->who && t->buffer->v[i].end == 0)
			t->buffer->v[i].end = now;
	t->buffer = NULL; /* the memory is the host's */
}

/* --- printing ---------------------------------------------------------------------------- */

/* Microseconds with their fraction. */
static void print_time(struct jsonw *w, const char *key, int64_t ns)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%lld.%03lld", (long long)(ns / 1000),
		       (long long)(ns % 1000));
	jsonw_raw(w, key, text);
}

static void print_where(struct jsonw *w, unsigned int who)
{
	jsonw_i64(w, "pid", 1);
	jsonw_i64(w, "tid", who + 1);
}

static void print_name(struct jsonw *w, unsigned int who, const char *title)
{
	jsonw_object(w, NULL);
	jsonw_str(w, "name", "thread_name");
	jsonw_str(w, "ph", "M");
	print_where(w, who);
	jsonw_object(w, "args");
	jsonw_str(w, "name", who == TRACE_HOST ? title : who_names[who]);
	jsonw_object_end(w);
	jsonw_object_end(w);
}

static void print_record(struct jsonw *w, const struct record *r, int64_t origin, int64_t now)
{
	char name[NAME_SIZE + 1] = "";
	bool is_open = r->end < r->begin;

	memcpy(name, r->name, NAME_SIZE);
	jsonw_object(w, NULL);
	jsonw_str(w, "name", name);
	jsonw_str(w, "ph", "X");
	print_where(w, r->who);
	print_time(w, "ts", r->begin - origin);
	print_time(w, "dur", (is_open ? now : r->end) - r->begin);
	if (is_open) {
		jsonw_object(w, "args");
		jsonw_bool(w, "open", true);
		jsonw_object_end(w);
	}
	jsonw_object_end(w);
}

/* From another process's hand anything may be in it. */
static bool is_sound(const struct record *r, int64_t now)
{
	return r->who < TRACE_WHO && r->begin > 0 && r->begin <= now && r->end <= now;
}

void trace_print(const struct trace *t, const char *title, struct strbuf *out)
{
	struct record *v autofree = mem_new(RECORDS, sizeof(*v));
	bool seen[TRACE_WHO] = { false };
	struct jsonw w;
	int64_t now = trace_now(), origin = now;
	uint32_t n = atomic_load(&t->buffer->n), kept = n < RECORDS ? n : RECORDS;

	memcpy(v, t->buffer->v, RECORDS * sizeof(*v)); /* so that nobody changes it while we look */
	jsonw_init(&w, out, "");
	jsonw_object(&w, NULL);
	jsonw_str(&w, "displayTimeUnit", "ms");
	jsonw_array(&w, "traceEvents");
	for (uint32_t i = 0; i < kept; i++) {
		if (!is_sound(&v[i], now))
			continue;
		origin = v[i].begin < origin ? v[i].begin : origin;
		if (!seen[v[i].who])
			print_name(&w, v[i].who, title);
		seen[v[i].who] = true;
	}
	for (uint32_t i = 0; i < kept; i++)
		if (is_sound(&v[i], now))
			print_record(&w, &v[i], origin, now);
	jsonw_array_end(&w);
	jsonw_object(&w, "otherData");
	jsonw_i64(&w, "lost", (int64_t)(n - kept));
	jsonw_object_end(&w);
	jsonw_object_end(&w);
	strbuf_adds(out, "\n");
}
