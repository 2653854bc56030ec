# fnctl: build, test, install. `make help` lists the targets.

CC        ?= cc
PREFIX    ?= /usr/local
DESTDIR   ?=
SAN       ?=
DEVELOPER ?=
V         ?=

VERSION := 0.1.0
JOBS    := $(shell nproc 2>/dev/null || echo 2)

# Every variant keeps its objects apart, so that switching costs nothing.
comma   := ,
VARIANT := $(if $(SAN),san-$(subst $(comma),-,$(SAN)),$(if $(DEVELOPER),developer,release))
BUILD   ?= build/$(VARIANT)$(if $(findstring clang,$(CC)),-clang)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' '$(1)' '$(2)';)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wconversion
OPTIMIZE := $(if $(SAN),-O1 -g -fno-omit-frame-pointer,$(if $(DEVELOPER),-Og -g,-O2 -g))
HARDEN   := -fstack-protector-strong -fPIE $(if $(SAN)$(DEVELOPER),,-D_FORTIFY_SOURCE=2)
SANITIZE := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all)

LIBS        := libcurl libcrypto libzip jansson libarchive libdeflate libxxhash expat zlib
ENGINE_LIBS := libmicrohttpd sqlite3

CPPFLAGS += -I. -D_GNU_SOURCE -DFNCTL_VERSION='"$(VERSION)"'
CFLAGS   += -std=c17 $(WARNINGS) $(OPTIMIZE) $(HARDEN) $(SANITIZE) -pthread $(if $(DEVELOPER),-Werror)
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SANITIZE) -pthread
LDLIBS        = $(shell pkg-config --libs $(LIBS))
ENGINE_LDLIBS = $(shell pkg-config --libs $(ENGINE_LIBS)) -lm
TEST_LDLIBS   = $(shell pkg-config --libs cmocka)

# The floors. cli/main.c and the engine's main.c are the two programs; the rest are libraries.
CORE      := $(wildcard core/*.c)
PACKAGER  := $(wildcard packager/*.c packager/*/*.c)
PROVIDERS := $(wildcard providers/*.c providers/aws/*.c providers/aws/*/*.c providers/local/*.c)
ENGINE    := $(filter-out %/main.c,$(wildcard providers/local/engine/*.c providers/local/engine/*/*.c))
CLI       := $(filter-out cli/main.c,$(wildcard cli/*.c))
UNIT      := $(wildcard tests/unit/test_*.c)
BENCH     := $(wildcard tests/bench/*.c)
FUZZ      := $(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c))
HEADERS   := $(wildcard core/*.h packager/*.h packager/*/*.h providers/*.h providers/*/*.h providers/*/*/*.h providers/*/*/*/*.h cli/*.h)
TEMPLATES := $(shell find templates -type f ! -name '*.pyc' ! -path '*/__pycache__/*' 2>/dev/null | LC_ALL=C sort)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
FNCTL_OBJECTS  = $(call objects,$(CORE) $(PACKAGER) $(PROVIDERS) $(CLI)) $(BUILD)/obj/embedded.o
ENGINE_OBJECTS = $(call objects,$(ENGINE))

PROGRAMS := $(BUILD)/fnctl $(BUILD)/fnctl-local

.PHONY: all demo check check-once tests unit e2e faults bench fuzz fuzz-replay floors headers check-format format \
        docs check-docs deps install uninstall dist clean help have-deps
.DEFAULT_GOAL := all
.SECONDARY:

## all: build fnctl and fnctl-local (build/VARIANT/)
all: $(PROGRAMS)

$(BUILD)/libfnctl.a: $(FNCTL_OBJECTS)
	$(call say,AR,$@)rm -f $@ && ar rcs $@ $^
$(BUILD)/libengine.a: $(ENGINE_OBJECTS)
	$(call say,AR,$@)rm -f $@ && ar rcs $@ $^

$(BUILD)/fnctl: $(call objects,cli/main.c) $(BUILD)/libfnctl.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/fnctl-local: $(call objects,providers/local/engine/main.c) $(BUILD)/libengine.a $(BUILD)/libfnctl.a
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(ENGINE_LDLIBS)

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The files of templates/ are part of the program, see core/embedded.h.
$(BUILD)/gen/embedded.c: tests/tools/embed.sh $(TEMPLATES)
	@mkdir -p $(@D)
	$(call say,EMBED,$@)sh tests/tools/embed.sh templates $(TEMPLATES) > $@.tmp && mv $@.tmp $@
$(BUILD)/obj/embedded.o: $(BUILD)/gen/embedded.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/libengine.a $(BUILD)/libfnctl.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(ENGINE_LDLIBS) $(TEST_LDLIBS)
$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/obj/tests/fuzz/replay.o $(BUILD)/libengine.a $(BUILD)/libfnctl.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(ENGINE_LDLIBS)

$(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ -ldeflate

# The same targets under libFuzzer: tests/tools/fuzz.sh builds them, with clang.
$(BUILD)/tests/fuzzer/%: $(BUILD)/obj/tests/fuzz/%.o $(BUILD)/libengine.a $(BUILD)/libfnctl.a
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS) $(ENGINE_LDLIBS)

## demo: install what is missing, build, and run the main job on the local engine
demo: have-deps
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@BUILD=$(BUILD) sh tests/tools/demo.sh

## check: install what is missing, build, and run every test, then again with sanitizers
check: have-deps
	@$(MAKE) --no-print-directory -j$(JOBS) tests
	@$(MAKE) --no-print-directory check-once
ifeq ($(SAN),)
	@$(MAKE) --no-print-directory -j$(JOBS) tests SAN=address,undefined
	@$(MAKE) --no-print-directory check-once SAN=address,undefined
endif

# All that check-once runs, to be built on all processors; it runs one thing after the other.
tests: all $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT)) $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(FUZZ))
check-once: floors headers check-format check-docs all unit fuzz-replay e2e

## unit: the unit tests (cmocka), one program a module
unit: $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT))
	@BUILD=$(BUILD) sh tests/tools/run-unit.sh $^

## e2e: the end-to-end tests (bats) on the local engine, and against moto where it is installed
e2e: all
	@BUILD=$(BUILD) sh tests/tools/run-e2e.sh

## faults: disturb a deploy at every single one of its requests (an hour); e2e does it at some
faults: all
	@BUILD=$(BUILD) FAULTS=all sh tests/tools/run-e2e.sh tests/e2e/faults.bats

## fuzz: fuzz each parser for SECONDS (60) with clang's libFuzzer
fuzz:
	@sh tests/tools/fuzz.sh $(or $(SECONDS),60) $(FUZZ)

fuzz-replay: $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(FUZZ))
	@sh tests/tools/replay.sh $^

## bench: measure start-up, logs, requests and packaging against peers; keeps its trees in BENCH_CACHE (build/bench)
bench: all $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(BENCH))
	@BUILD=$(BUILD) sh tests/bench/run.sh

## floors: prove that files include only from their own floor or below
floors:
	@sh tests/tools/floors.sh

## headers: prove that each header compiles alone
headers:
	@for header in $(HEADERS); do \
	    $(CC) $(CPPFLAGS) -std=c17 $(WARNINGS) -Werror -fsyntax-only -x c $$header || exit 1; done

## format, check-format: apply, or check, .clang-format
format:
	@clang-format -i $(shell git ls-files '*.c' '*.h')
check-format:
	@case $$(clang-format --version) in \
	*' 14.'*) clang-format --dry-run -Werror $(shell git ls-files '*.c' '*.h') ;; \
	*) echo 'ok check-format # skip versions differ in what they write; this needs clang-format 14' ;; esac

## docs, check-docs: render man pages, completions and schema, or check that the committed ones agree
docs: $(BUILD)/fnctl
	@sh tests/tools/docs.sh $(BUILD)/fnctl .
check-docs:
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/fnctl
	@sh tests/tools/docs.sh $(BUILD)/fnctl $(BUILD)/docs && \
	 for file in man/fnctl*.1 man/fnctl*.5 completions/*; do \
	     diff -u $$file $(BUILD)/docs/$$file || { echo "$$file is out of date: make docs"; exit 1; }; done

## deps: install the libraries and tools that building and testing need
deps:
	@sh .ci/deps install
have-deps:
	@sh .ci/deps check || sh .ci/deps install

## install, uninstall: below PREFIX (/usr/local), honouring DESTDIR
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 man/fnctl*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 man/fnctl*.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 completions/fnctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fnctl
	install -m 644 completions/_fnctl $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fnctl
	install -m 644 completions/fnctl.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fnctl.fish
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/fnctl $(DESTDIR)$(PREFIX)/bin/fnctl-local \
	    $(DESTDIR)$(PREFIX)/share/man/man1/fnctl*.1 $(DESTDIR)$(PREFIX)/share/man/man5/fnctl*.5 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/fnctl \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_fnctl \
	    $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/fnctl.fish

## dist: a source archive of the last commit
dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=fnctl-$(VERSION)/ -o build/fnctl-$(VERSION).tar.gz HEAD

## clean: remove build/
clean:
	rm -rf build

help:
	@sed -n 's/^## //p' Makefile
	@echo 'Knobs: DEVELOPER=1 (debug, -Werror)  SAN=address,undefined  CC=clang  V=1 (show commands)  PREFIX= DESTDIR='

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
