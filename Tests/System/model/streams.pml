// Streams of events, and two properties of them: no change is unreported, and no change is reported before it can be read. See
// ChangeFeed.swift in HeksherCatalog, ChangePosition.swift and ChangeStatements.swift in HeksherStore, and the folder Push of HeksherServer.
//
// The stream covers all settings, so settings and values do not matter here. In place of the catalog's memory, the model has the property
// that reads.pml verifies: the catalog returns a snapshot of a moment after its statement began, or none. Other clients follow changes all
// the time, so that the feed of an instance stays open.

// ChangePosition: the last transaction of each slot. ChangeMark, the ID of an event, has the same contents.
typedef Position { byte token[2] }

Position position[INSTANCES];  // ChangeFeed.State.position, and EventHub.State.position
bit has_position[INSTANCES];

// A client that connects to any instance, again and again.
mtype = { disconnected, waiting, running, joined, attached };
mtype stream = disconnected;
byte host;           // the instance
Position start;      // the position at which the client has joined
Position last_id;    // Last-Event-ID
bit has_last_id;
byte covered;        // the transactions that the client knows, as a set of bits

// Lists of events, each with its transaction, or RESET, and its ID: OpenStream.pending, and the events that a step sends.
#define RESET 255
#define MOST_EVENTS 8
chan pending = [MOST_EVENTS] of { byte, byte, byte };
chan sending = [MOST_EVENTS] of { byte, byte, byte };

// Variables of one step, which are not part of a state.
hidden byte s, n, m, known, event, id_0, id_1, is_complete;

#ifdef PLANT_HISTORY_NOT_COMPARED
#define IS_KNOWN(token, slot) (number_of[token] <= NUMBER(slot) && number_of[token] + KEPT > NUMBER(slot))
#else
#define IS_KNOWN(token, slot) IS_RECORDED(token, slot)
#endif

#define IS_EQUAL(first, second) (first.token[0] == second.token[0] && first.token[1] == second.token[1])
#ifdef PLANT_JOIN_AFTER_POSITION
#define IS_JOINED(instance) (host == instance && stream == attached)
#else
#define IS_JOINED(instance) (host == instance && (stream == joined || stream == attached))
#endif
#define IS_STATEMENT_AWAITED(instance) (stream == waiting && host == instance)
#define IS_POSITION_CURRENT(instance) (has_position[instance] && IS_EQUAL(position[instance], primary))

inline set(to, from) { to.token[0] = from.token[0]; to.token[1] = from.token[1] }
inline unset(place) { place.token[0] = 0; place.token[1] = 0 }

inline contents_changed() { skip }

#ifdef PLANT_REPORT_BEFORE_COMMIT
// As if Store.onChange were called before the commit.
inline report_own_change(t) {
    atomic { if :: stream == attached -> assert(committed & BIT(t)); covered = covered | BIT(t) :: else fi }
}
#endif

// The connection breaks. Events on their way are lost, as if the instance had not sent them.
inline disconnect() {
    do
    :: len(sending) > 0 -> sending ? event, _, _
    :: len(sending) == 0 -> break
    od;
    stream = disconnected; host = 0
}

// ChangeNotes.changes: adds the recorded transactions between two positions to the events that are sent.
inline add_changes(from, to) {
    id_0 = from.token[0]; id_1 = from.token[1];
    for (s : 0 .. 1) {
        for (n : 1 .. TRANSACTIONS) {
            for (m : 1 .. TRANSACTIONS) {
                if
                :: slot_of[m] == s && number_of[m] == n && IS_RECORDED(m, s) &&
                    number_of[from.token[s]] < n && n <= number_of[to.token[s]] ->
                    assert(committed & BIT(m));  // no change is reported before it can be read
                    if :: s == 0 -> id_0 = m :: else -> id_1 = m fi;
#ifdef PLANT_ONE_ID_FOR_ALL
                    sending ! m, to.token[0], to.token[1]
#else
                    sending ! m, id_0, id_1
#endif
                :: else
                fi
            }
        }
    }
}

// After `ready` without Last-Event-ID, and after `reset`, the client reads everything. Changes after the position of the event do not
// count, because the instance has to report them anyway. If the fail-over loses one of them, and the client has read it from another
// instance before its own has seen it, the client gets no `reset`. The model leaves this case out.
inline read_everything(place) {
    covered = 0;
    for (n : 1 .. TRANSACTIONS) {
        if
        :: (committed & BIT(n)) && number_of[n] <= number_of[place.token[slot_of[n]]] -> covered = covered | BIT(n)
        :: else
        fi
    }
}

// The client receives the events at once. This includes every slower client, because the connection can break before each event.
inline deliver() {
    do
    :: stream == attached && len(sending) > 0 ->
        sending ? event, last_id.token[0], last_id.token[1];
        if :: event == RESET -> read_everything(last_id) :: else -> covered = covered | BIT(event) fi
    :: stream == attached && len(sending) > 0 -> disconnect()
    :: stream != attached || len(sending) == 0 -> break
    od
}

// EventStreams.missed: the changes between the client's last event and the position at which it joined, or RESET.
inline add_missed() {
    is_complete = 1;
    for (s : 0 .. 1) {
        is_complete = is_complete && IS_KNOWN(last_id.token[s], s);
        is_complete = is_complete && (start.token[s] == last_id.token[s]
            || number_of[start.token[s]] < number_of[last_id.token[s]] || IS_RECORDED(start.token[s], s))
    }
    if
    :: IS_EQUAL(last_id, start)
    :: else ->
#ifdef PLANT_MISSED_CHANGES_IGNORED
        skip
#else
        // The statement ChangeStatements.notes
        if :: is_complete -> add_changes(last_id, start) :: else -> sending ! RESET, start.token[0], start.token[1] fi
#endif
    fi
}

// The client connects, or its connection breaks and it connects again. EventStreams.open first waits for a statement, see Feed. So the
// position at which the client joins includes all its events, unless the fail-over has lost them, and the IDs never go back. If they went
// back, the client could resume from before a change that it knows; if the fail-over had lost this change, it would get no `reset`.
inline connect(instance) {
    d_step {
        stream == disconnected || stream == attached ->
        disconnect();
#ifdef PLANT_JOIN_WITHOUT_STATEMENT
        if :: has_position[instance] -> stream = joined; host = instance; set(start, position[instance]) :: else fi
#else
        stream = waiting; host = instance
#endif
    }
}

active proctype Client() {
    do
    :: connect(0)
#if INSTANCES > 1
    :: connect(1)
#endif
    // The response begins, and the stream attaches to the connection.
    :: atomic {
            stream == joined ->
            stream = attached;
            if
            :: has_last_id -> add_missed()
#ifdef PLANT_READY_HAS_NEW_ID
                ; set(last_id, start)
#endif
            :: else -> has_last_id = 1; set(last_id, start); read_everything(start)
            fi;
            unset(start);
            do
            :: len(pending) > 0 -> pending ? event, id_0, id_1; sending ! event, id_0, id_1
            :: len(pending) == 0 -> break
            od;
            deliver()
        }
#ifndef ONLY_EARLY_REPORTS
    // No change is unreported: if nothing is left to report, the client knows the changes that the database contains, and no other.
    :: d_step { stream == attached && IS_POSITION_CURRENT(host) -> assert(covered == committed) }
#endif
    od
}

// EventHub.receive, OpenStream.deliver: the client gets the events. If its response has not begun, they wait.
inline pass_on(instance) {
    if
    :: stream == attached && host == instance -> deliver()
    :: IS_JOINED(instance) && stream != attached ->
        do
        :: len(sending) > 0 -> sending ? event, id_0, id_1; pending ! event, id_0, id_1
        :: len(sending) == 0 -> break
        od
    :: else
    fi
}

// ChangeFeed.Report.reset
inline reset_at(tables, instance) {
    set(position[instance], tables);
    if :: IS_JOINED(instance) -> sending ! RESET, tables.token[0], tables.token[1] :: else fi;
    pass_on(instance)
}

// ChangeNotes.changes: whether the notes from the position to the end of the catalog's snapshot, or to now, are complete.
inline compare_history(instance) {
    is_complete = 1;
    for (s : 0 .. 1) {
        known = position[instance].token[s];
        is_complete = is_complete && (primary.token[s] == known || IS_KNOWN(known, s));
        if
        :: is_loaded -> is_complete = is_complete && (end.token[s] == known
            || number_of[end.token[s]] < number_of[known] || (primary.token[s] != known && IS_RECORDED(end.token[s], s)))
        :: else
        fi
    }
}

inline end_statement(instance) {
    // EventHub.join: from now on, the client gets everything that the feed reports.
    if :: stream == running && host == instance -> stream = joined; set(start, position[instance]) :: else fi;
    unset(end); is_loaded = 0
}

// ChangeFeed.advance, which the thread of CoalescedStatement calls after each RevisionStatements.sum.
proctype Feed(byte instance) {
    Position end;
    bit is_loaded, is_lost;
    do
    :: d_step {
            // RevisionStatements.sum, by EventHub.run or by EventStreams.open
            IS_STATEMENT_AWAITED(instance) || !IS_POSITION_CURRENT(instance) ->
            if :: IS_STATEMENT_AWAITED(instance) -> stream = running :: else fi;
            set(end, primary)
        };
        // CatalogMemory.current(at:): a snapshot of this moment, or none. A snapshot of a later moment is as if this step were later.
        if
        :: is_loaded = 1
        :: is_loaded = 0
        fi;
        // ChangeFeed.State.report
        if
        :: d_step {
                !has_position[instance] ->
                has_position[instance] = 1;
                // RevisionStatements.slots, without a snapshot
                if :: is_loaded -> set(position[instance], end) :: else -> set(position[instance], primary) fi;
                end_statement(instance)
            }
        :: d_step { has_position[instance] && IS_EQUAL(end, position[instance]) -> end_statement(instance) }
        :: atomic {
                has_position[instance] && !IS_EQUAL(end, position[instance]) ->
                // ChangeStatements.notes
                compare_history(instance);
                if
                :: is_complete ->
                    if :: !is_loaded -> set(end, primary) :: else fi;
                    if :: IS_JOINED(instance) -> add_changes(position[instance], end) :: else fi;
                    set(position[instance], end);
                    pass_on(instance);
                    end_statement(instance)
#ifdef PLANT_GAP_WITHOUT_RESET
                :: else -> set(position[instance], primary); end_statement(instance)
#else
                :: !is_complete && is_loaded -> reset_at(end, instance); end_statement(instance)
                :: !is_complete && !is_loaded -> is_lost = 1
#endif
                fi
            };
            if
            :: !is_lost
            :: atomic {
                    is_lost ->
                    // RevisionStatements.slots
                    reset_at(primary, instance);
                    is_lost = 0; end_statement(instance)
                }
            fi
        fi
    od
}

inline start_instance(instance) { run Feed(instance) }
