// The database: what heksher_revisions and heksher_changes contain, and the settings. See migrations/0004_own_schema.sql.
//
// There are two slots and two settings. A transaction writes one setting. Its token is its own number, from 1 to TRANSACTIONS, because
// tokens are random and never repeat. Transaction 0 stands for the migration.

// The contents of the tables at one moment.
typedef Tables {
    byte token[2];  // heksher_revisions: the token of each slot, and so the last transaction that took the slot
    byte value[2];  // the value of each setting: the last transaction that wrote it
}

Tables primary;    // the tables of the server that accepts writes
byte committed;    // the transactions that it has committed, as a set of bits
byte noted;        // those with notes in heksher_changes, apart from notes that are too old: see IS_RECORDED

byte slot_of[TRANSACTIONS + 1];    // heksher_changes.slot
byte number_of[TRANSACTIONS + 1];  // heksher_changes.number
byte setting_of[TRANSACTIONS + 1]; // heksher_changes.setting

#ifdef PLANT_OLD_PRIMARY_ANSWERS
Tables old_primary;
bit has_old_primary;
#endif

byte slot_holders[2];  // the transaction that holds the row of a slot in heksher_revisions, as a set of bits
byte row_holder[2];    // the transaction that holds the row of a setting, or 0

#define BIT(x) (1 << (x))
// heksher_revisions.number
#define NUMBER(slot) number_of[primary.token[slot]]
// Whether there is a note. note() deletes the notes of a slot that are older than 1,000 transactions. In the model, KEPT transactions.
#define IS_RECORDED(transaction, slot) ((transaction == 0 || (noted & BIT(transaction))) && number_of[transaction] + KEPT > NUMBER(slot))

inline copy(to, from) {
    to.token[0] = from.token[0]; to.token[1] = from.token[1];
    to.value[0] = from.value[0]; to.value[1] = from.value[1]
}

// Variables that are not in use are 0, so that SPIN recognizes equal states.
inline clear(tables) {
    tables.token[0] = 0; tables.token[1] = 0;
    tables.value[0] = 0; tables.value[1] = 0
}
