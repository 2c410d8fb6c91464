/* The refresh of one connection by several replicas, in every order of events within small bounds.
 *
 * Time is counted in ticks. A lease lasts LEASE ticks in the store; its holder counts RIGHT ticks from before it asked,
 * sends only within them and waits for no answer beyond. A request is on its way for one tick longer at most: that is
 * the margin called `safety` in the code. A replica that does not run while ticks pass is one that was stopped.
 * Messages to the store and the provider get lost both ways, processes die and lose all but their journal.
 *
 * Chosen by -D: N replicas; REFRESHES, CRASHES, LOSSES, ISSUED (tokens) as bounds; what the provider does with refresh tokens: STATIC,
 * GRACE (the one before is taken again, and ends what it had brought) or neither (strict: twice ends the grant).
 * Broken on purpose by: NO_LEASE NO_DEADLINE NO_INTENT NO_GENERATION NO_JOURNAL NO_TOKEN_BEFORE LATE_RECORD.
 */
#ifndef N
#define N 2
#endif
#ifndef REFRESHES
#define REFRESHES 1
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#ifndef ISSUED
#define ISSUED 4
#endif

#define LEASE 2
#define RIGHT 1
#define NOBODY N
#define THE_DEAD (N + 1)

#define COUNTED 3 /* presentations of one token; beyond, they are many */

#define NOTHING 0
#define REFUSED 100
#define UNAVAILABLE 101
#define IS_TOKEN(x) ((x) != NOTHING && (x) < REFUSED)

/* The store's row. Tokens are numbered as the provider issues them. */
byte generation = 1, stored = 1, before = NOTHING, attempts = 0, owner = NOBODY, lease = 0;
bool invalid = false;

/* The provider. */
byte current = 1, parent = NOTHING, issued = 1;
bool revoked = false;

/* Each replica, its request and its journal. */
byte right[N], wire[N], on_its_way[N], presents[N], reply[N], unsaved[N], journal[N], journal_generation[N], journal_before[N];
bool asked[N];

/* For the properties alone. */
byte presented_current = 0, presented_before = 0;
bool excused = false; /* a granted answer was lost, died with its process, or outlived the right of its holder */

byte crashes = 0, losses = 0;

#define HELD_BY_ANOTHER(i) (lease > 0 && owner != i)
#ifdef NO_GENERATION
#define MAY_WRITE(i, seen) true
#else
#define MAY_WRITE(i, seen) (generation == seen && !HELD_BY_ANOTHER(i))
#endif

inline end_lease() {
    owner = NOBODY;
    lease = 0
}

inline complete(with, the_one_before) {
    assert(with >= stored); /* an older token set never replaces a newer one */
    generation++;
    stored = with;
    before = the_one_before;
    attempts = 0;
    invalid = false;
    presented_current = 0;
    presented_before = 0;
    end_lease()
}

/* The request is at the provider. */
inline decide(i, outcome) {
    outcome = REFUSED;
#ifdef STATIC
    outcome = wire[i];
#else
    if
    :: !revoked && wire[i] == current ->
        parent = current;
        issued++;
        current = issued;
        outcome = current
#ifdef GRACE
    :: wire[i] == parent ->
        issued++;
        current = issued;
        outcome = current
    :: wire[i] != current && wire[i] != parent -> skip
#else
    :: revoked || wire[i] != current -> revoked = true
#endif
    fi;
#endif
    wire[i] = NOTHING
}

active proctype World() {
    byte i, outcome;
end:
    do
    :: atomic { /* a tick */
            if :: lease > 0 -> lease-- :: else fi;
            for (i : 0 .. N - 1) {
                if :: right[i] > 0 -> right[i]-- :: else fi;
                if :: on_its_way[i] > 0 -> on_its_way[i]-- :: else fi;
                if :: on_its_way[i] == 0 -> wire[i] = NOTHING :: else fi;
                if
                :: right[i] == 0 && (unsaved[i] != NOTHING || journal[i] != NOTHING || IS_TOKEN(reply[i])) -> excused = true
                :: else
                fi
            }
            i = 0
        }
    :: atomic { /* a request arrives, and what follows */
            select (i : 0 .. N - 1);
            if
            :: wire[i] != NOTHING ->
                if
                :: decide(i, outcome)
                :: losses < LOSSES -> losses++; wire[i] = NOTHING; outcome = NOTHING
                :: losses < LOSSES -> losses++; wire[i] = NOTHING; outcome = UNAVAILABLE
                :: losses < LOSSES -> losses++; decide(i, outcome); if :: IS_TOKEN(outcome) -> excused = true :: else fi; outcome = NOTHING
                fi;
                if
                :: outcome != NOTHING && asked[i] -> reply[i] = outcome
                :: IS_TOKEN(outcome) && !asked[i] -> excused = true
                :: else
                fi
            :: else
            fi;
            outcome = NOTHING;
            i = 0
        }
    od
}

/* Everything but the journal and what is on the wire goes. The next process has another name. */
inline die() {
    crashes++;
    if :: unsaved[i] != NOTHING || IS_TOKEN(reply[i]) -> excused = true :: else fi;
    if :: owner == i -> owner = THE_DEAD :: else fi;
    asked[i] = false;
    reply[i] = NOTHING;
    unsaved[i] = NOTHING;
    right[i] = 0
}

#define OR_DIE :: atomic { crashes < CRASHES -> die(); goto idle }

proctype Replica(byte i) {
    byte seen, token, the_one_before, attempt, got, j;
    bool second;

idle:
end:
    atomic {
        seen = 0; token = 0; the_one_before = 0; attempt = 0; got = 0; second = false; presents[i] = NOTHING;
        if
        :: journal[i] != NOTHING -> goto rescue
        :: journal[i] == NOTHING && !invalid && generation <= REFRESHES && issued < ISSUED -> seen = generation
        fi
    };

take_lease: /* the right counts from before it is asked for */
    if
    :: atomic { true -> right[i] = RIGHT }
    OR_DIE
    fi;
    atomic {
        if
        :: losses < LOSSES -> losses++; goto idle
        :: generation > seen || invalid -> goto idle
#ifndef NO_LEASE
        :: generation == seen && !invalid && HELD_BY_ANOTHER(i) -> goto idle
        :: generation == seen && !invalid && !HELD_BY_ANOTHER(i) ->
#else
        :: generation == seen && !invalid ->
#endif
            owner = i;
            lease = LEASE;
#ifdef NO_INTENT
            attempts = 1;
#else
            if :: attempts < COUNTED -> attempts++ :: else fi;
#endif
            token = stored;
            the_one_before = before;
            attempt = attempts;
            if
            :: true
            :: losses < LOSSES -> losses++; goto idle /* the reply is lost: the lease is taken and nobody knows */
            fi
        fi
    };

send:
    if
    :: atomic {
            true ->
#ifndef NO_DEADLINE
            if :: right[i] == 0 -> goto too_late :: else fi;
#endif
            presents[i] = (second -> the_one_before : token);
            for (j : 0 .. N - 1) { /* never two presentations of one token at once */
                assert(j == i || presents[j] != presents[i] || (wire[j] == NOTHING && (!asked[j] || right[j] == 0)))
            }
            j = 0;
            assert(generation == seen); /* never after its replacement was stored */
            if /* never again without the intent saying so */
            :: second && presented_before < COUNTED - 1 -> assert(presented_before < attempt); presented_before++
            :: !second && presented_current < COUNTED - 1 -> assert(presented_current < attempt); presented_current++
            :: else -> assert(attempt == COUNTED)
            fi;
            wire[i] = presents[i];
            on_its_way[i] = right[i] + 1;
            asked[i] = true
        }
    OR_DIE
    fi;

    if
    :: atomic {
            reply[i] != NOTHING ->
            got = reply[i];
            reply[i] = NOTHING;
            asked[i] = false;
            if :: IS_TOKEN(got) -> unsaved[i] = got :: else fi
        }
    :: atomic {
            right[i] == 0 ->
            if :: IS_TOKEN(reply[i]) -> excused = true :: else fi;
            got = UNAVAILABLE;
            reply[i] = NOTHING;
            asked[i] = false
        }
    OR_DIE
    fi;
    if
    :: IS_TOKEN(got) -> goto write
    :: got == REFUSED -> goto refused
    :: got == UNAVAILABLE -> goto record
    fi;

write:
    if
    :: atomic {
            MAY_WRITE(i, seen) ->
#if defined(GRACE) && !defined(NO_TOKEN_BEFORE)
            if
            :: attempt > 1 || second || right[i] == 0 -> complete(got, presents[i])
            :: else -> complete(got, NOTHING)
            fi;
#else
            complete(got, NOTHING);
#endif
            if
            :: true -> unsaved[i] = NOTHING; goto idle
            :: losses < LOSSES -> losses++ /* the reply is lost */
            fi
        }
    :: atomic { !MAY_WRITE(i, seen) && generation != seen -> unsaved[i] = NOTHING; goto idle }
    :: atomic { !MAY_WRITE(i, seen) && generation == seen }
    :: atomic { losses < LOSSES -> losses++ }
    OR_DIE
    fi;

    if /* what the store did not take is kept */
    :: atomic {
            true ->
#ifndef NO_JOURNAL
            journal[i] = got;
            journal_generation[i] = seen;
#if defined(GRACE) && !defined(NO_TOKEN_BEFORE)
            journal_before[i] = presents[i];
#endif
#endif
            unsaved[i] = NOTHING;
            goto idle
        }
    OR_DIE
    fi;

too_late: /* nothing was sent: the doubt is what it was */
    atomic {
        if
        :: right[i] > 0 && MAY_WRITE(i, seen) && attempt == 1 -> attempts = 0; end_lease()
        :: else
        fi;
        goto idle
    };

record: /* the answer is unknown: the intent stays */
    if
#ifdef LATE_RECORD
    :: atomic { MAY_WRITE(i, seen) -> invalid = false; end_lease(); goto idle }
#else
    :: atomic { right[i] > 0 && MAY_WRITE(i, seen) -> end_lease(); goto idle }
#endif
    :: atomic { true -> goto idle } /* too late, refused, or lost */
    OR_DIE
    fi;

refused:
    if
    :: atomic { the_one_before != NOTHING && !second -> second = true; goto take_lease }
    :: atomic {
            (the_one_before == NOTHING || second) && MAY_WRITE(i, seen) ->
#if defined(STATIC) || defined(GRACE)
            assert(false); /* such a grant is never lost */
#else
            assert(excused); /* a strict one only with its answer */
#endif
            invalid = true;
            attempts = 0;
            presented_current = 0;
            end_lease();
            goto idle
        }
    :: atomic { (the_one_before == NOTHING || second) && !MAY_WRITE(i, seen) -> goto idle }
    OR_DIE
    fi;

rescue: /* again and again, and before anything else is refreshed */
    if
    :: atomic {
            MAY_WRITE(i, journal_generation[i]) ->
            complete(journal[i], journal_before[i]);
            journal[i] = NOTHING;
            journal_before[i] = NOTHING;
            journal_generation[i] = 0;
            goto idle
        }
    :: atomic {
            generation != journal_generation[i] ->
            journal[i] = NOTHING;
            journal_before[i] = NOTHING;
            journal_generation[i] = 0;
            goto idle
        }
    OR_DIE
    fi
}

init {
    byte k;
    atomic {
        for (k : 0 .. N - 1) {
            run Replica(k)
        }
        k = 0
    }
}
