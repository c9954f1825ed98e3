// The programs that change the database, and the fail-over.

// The slots are alike, and so are the settings. So the first transaction takes those with the number 0.
bit is_slot_used, is_setting_used;

#ifdef PLANT_SLOT_NOT_LOCKED
#define IS_SLOT_FREE(slot) (slot == 0 || is_slot_used)
#else
#define IS_SLOT_FREE(slot) (slot_holders[slot] == 0 && (slot == 0 || is_slot_used))
#endif
#define IS_ROW_FREE(setting) (row_holder[setting] == 0 && (setting == 0 || is_setting_used))

inline end_transaction() {
    slot_holders[slot] = slot_holders[slot] & ~BIT(t);
    if :: row_holder[setting] == t -> row_holder[setting] = 0 :: else fi
}

// An instance, the original or another program that uses SQL. It makes the transactions first, first + 1, …, last.
proctype Writer(byte first; byte last) {
    byte t = first, slot, setting;
    do
    :: t > last -> break
    :: atomic {
            // UPDATE, and at COMMIT the deferred trigger heksher_change, which calls note() and take(). They are one step, because no
            // other process sees a transaction before it has its slot.
            t <= last && (IS_SLOT_FREE(0) || IS_SLOT_FREE(1)) && (IS_ROW_FREE(0) || IS_ROW_FREE(1)) ->
            // take(): pg_backend_pid() % 16 at READ COMMITTED. At other levels, any slot.
            if :: IS_SLOT_FREE(0) -> slot = 0 :: IS_SLOT_FREE(1) -> slot = 1 fi;
            is_slot_used = 1; slot_holders[slot] = slot_holders[slot] | BIT(t); slot_of[t] = slot;
            // take(): number = old.number + 1
            number_of[t] = NUMBER(slot) + 1;
#ifndef STREAMS
            if :: IS_ROW_FREE(0) -> setting = 0 :: IS_ROW_FREE(1) -> setting = 1 fi;
            is_setting_used = 1; row_holder[setting] = t; setting_of[t] = setting
#endif
#ifdef PLANT_NOTE_BEFORE_COMMIT
            ; primary.token[slot] = t; noted = noted | BIT(t); contents_changed()
#endif
        };
#ifdef PLANT_REPORT_BEFORE_COMMIT
        report_own_change(t);
#endif
        if
        :: d_step {
                // COMMIT: the setting, the slot and the note become visible at the same moment.
                slot_holders[slot] & BIT(t) ->
                committed = committed | BIT(t);
#ifndef STREAMS
                primary.value[setting] = t;
#endif
#ifndef PLANT_NOTE_AFTER_COMMIT
                primary.token[slot] = t; noted = noted | BIT(t);
#endif
                contents_changed()
#ifdef PLANT_NOTE_AFTER_COMMIT
                ; row_holder[setting] = 0
            };
            d_step {
                if :: slot_holders[slot] & BIT(t) -> primary.token[slot] = t; noted = noted | BIT(t); contents_changed() :: else fi
#endif
                ; end_transaction(); t++; slot = 0; setting = 0
            }
        :: d_step {
                // ROLLBACK, or the server is lost before the commit.
                end_transaction();
                slot_of[t] = 0; number_of[t] = 0; setting_of[t] = 0;
                t++; slot = 0; setting = 0
            }
        fi
    od
}

Tables backup;
byte backup_committed;

inline end_all_transactions() {
    slot_holders[0] = 0; slot_holders[1] = 0;
    row_holder[0] = 0; row_holder[1] = 0
}

// One fail-over, at any time. The old primary no longer answers: docs/operating.md requires that.
active proctype Failover() {
    if
    :: d_step {
            // The primary crashes and recovers, or its synchronous standby is promoted: all commits survive, all other transactions end.
            end_all_transactions()
#ifdef PLANT_OLD_PRIMARY_ANSWERS
            ; copy(old_primary, primary); has_old_primary = 1
#endif
        }
    :: d_step { copy(backup, primary); backup_committed = committed };
        d_step {
            // An asynchronous standby is promoted, or a backup is restored: the latest commits are lost.
            end_all_transactions();
            copy(primary, backup); committed = backup_committed; noted = backup_committed;
            clear(backup); backup_committed = 0;
            contents_changed()
        }
    fi
}
