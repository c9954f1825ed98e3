// How an instance compares its snapshot with the database, brings it up to date, and loads it: Catalog.swift, CatalogMemory.swift and
// SnapshotLoading.swift in HeksherCatalog, CoalescedStatement.swift in LibPQ.

Tables snapshot[INSTANCES];       // CatalogMemory.State.snapshot: its revision and its contents
bit has_snapshot[INSTANCES];
Tables loaded[INSTANCES];         // the result of SnapshotLoader.everything, before it becomes the snapshot
mtype = { no_load, requested, finished };
mtype load[INSTANCES] = no_load;  // CatalogMemory.State.isLoading

#ifdef PLANT_NUMBERS_INSTEAD_OF_TOKENS
#define IS_SAME(token, other) (number_of[token] == number_of[other])
#else
#define IS_SAME(token, other) (token == other)
#endif

// Whether the notes since a known transaction are complete: RuleChanges.init (knownSlots), RevisionStatements.changedSettings ('gap').
#if defined(PLANT_NUMBERS_INSTEAD_OF_TOKENS) || defined(PLANT_HISTORY_NOT_COMPARED)
#define IS_KNOWN(token, slot) (number_of[token] <= NUMBER(slot) && number_of[token] + KEPT > NUMBER(slot))
#elif defined(PLANT_DELETED_NOTES_IGNORED)
#define IS_KNOWN(token, slot) (token == 0 || (noted & BIT(token)))
#else
#define IS_KNOWN(token, slot) IS_RECORDED(token, slot)
#endif

#define IS_CURRENT(instance) \
    (has_snapshot[instance] && primary.token[0] == snapshot[instance].token[0] && primary.token[1] == snapshot[instance].token[1])

// CatalogMemory.loadEverything: one load at a time.
inline request_load(instance) {
    if :: load[instance] == no_load -> load[instance] = requested :: else fi
}

// Variables of one step, which are not part of a state.
hidden byte s, n, known, changed, is_complete;

// One statement, RevisionStatements.changedRules or changedSettings: the notes since the revision of the snapshot. The service runs the
// second if the first shows more than rules. Until then, nothing has changed in the instance, so that one statement is enough here.
inline read_notes(instance) {
    is_complete = 1; changed = 0;
    for (s : 0 .. 1) {
        known = snapshot[instance].token[s];
        if
        :: !IS_SAME(primary.token[s], known) ->
            if :: !IS_KNOWN(known, s) -> is_complete = 0 :: else fi;
            for (n : 1 .. TRANSACTIONS) {
                if
                :: slot_of[n] == s && number_of[n] > number_of[known] && IS_RECORDED(n, s) -> changed = changed | BIT(setting_of[n])
                :: else
                fi
            }
        :: else
        fi
    }
}

// The thread of CoalescedStatement: one statement at a time.
proctype Catalog(byte instance) {
    byte sum[2];
    do
#ifdef PLANT_NO_REVISION_CHECK
    :: d_step { has_snapshot[instance] -> take_queries(instance); answer_queries(instance) }
#endif
    // RevisionStatements.sum, for the waiting query, another client's query, Catalog.catchUp or EventHub.run. If no query waits, the
    // statement matters only if it finds something new.
    :: d_step {
            IS_QUERY_WAITING(instance) || !IS_CURRENT(instance) ->
            take_queries(instance);
            sum[0] = primary.token[0]; sum[1] = primary.token[1]
        };
#ifdef PLANT_OLD_PRIMARY_ANSWERS
        if :: d_step { has_old_primary -> sum[0] = old_primary.token[0]; sum[1] = old_primary.token[1] } :: true fi;
#endif
        // CatalogMemory.current(at:)
        if
        :: d_step {
                !has_snapshot[instance] ->
                request_load(instance);
                answer_queries_from_tables(instance);
                sum[0] = 0; sum[1] = 0
            }
        :: d_step {
                has_snapshot[instance] && IS_SAME(sum[0], snapshot[instance].token[0]) && IS_SAME(sum[1], snapshot[instance].token[1]) ->
                answer_queries(instance);
                sum[0] = 0; sum[1] = 0
            }
        :: d_step {
                has_snapshot[instance] && !(IS_SAME(sum[0], snapshot[instance].token[0]) && IS_SAME(sum[1], snapshot[instance].token[1])) ->
                sum[0] = 0; sum[1] = 0
            };
            // SnapshotLoader.update: the statement shows the revision, the notes and the settings of one moment.
            d_step {
                read_notes(instance);
                if
                :: is_complete ->
                    if :: changed & BIT(0) -> snapshot[instance].value[0] = primary.value[0] :: else fi;
                    if :: changed & BIT(1) -> snapshot[instance].value[1] = primary.value[1] :: else fi;
                    snapshot[instance].token[0] = primary.token[0]; snapshot[instance].token[1] = primary.token[1];
                    answer_queries(instance)
                :: else ->
                    // CatalogMemory.forget
                    has_snapshot[instance] = 0; clear(snapshot[instance]);
                    request_load(instance);
                    answer_queries_from_tables(instance)
                fi
            }
#ifdef PLANT_REVISION_READ_APART
            ; d_step {
                if
                :: has_snapshot[instance] ->
                    snapshot[instance].token[0] = primary.token[0]; snapshot[instance].token[1] = primary.token[1]
                :: else
                fi
            }
#endif
        fi
    od
}

// SnapshotLoader.everything, in a task beside the statements.
proctype Loader(byte instance) {
    do
    :: d_step {
            // A transaction at REPEATABLE READ, which shows the slots and the settings of one moment.
            load[instance] == requested ->
            copy(loaded[instance], primary); load[instance] = finished
        }
#ifdef PLANT_LOAD_WITHOUT_TRANSACTION
        ; d_step { loaded[instance].token[0] = primary.token[0]; loaded[instance].token[1] = primary.token[1] }
#endif
    :: d_step {
            load[instance] == finished ->
            copy(snapshot[instance], loaded[instance]); has_snapshot[instance] = 1;
            clear(loaded[instance]); load[instance] = no_load
        }
    od
}

inline start_instance(instance) { run Catalog(instance); run Loader(instance) }
