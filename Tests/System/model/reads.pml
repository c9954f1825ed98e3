// Queries, and the property that no response is stale: a response shows the contents that the database has had at some moment between the
// arrival of the query and the response. So a query that arrives after a commit was acknowledged shows the change.

mtype = { no_query, waiting, running };
mtype query = no_query;  // of one client
byte asked;              // the instance that the client asks
int allowed;             // all contents that the database has had since the query arrived, as a set of bits: see CONTENTS

#define CONTENTS(tables) BIT(tables.value[0] * (TRANSACTIONS + 1) + tables.value[1])
#define IS_QUERY_WAITING(instance) (query == waiting && asked == instance)

inline contents_changed() {
    if :: query != no_query -> allowed = allowed | CONTENTS(primary) :: else fi
}

// A client that sends one query after the other, to any instance: RevisionBatch.ask, Catalog.current.
active proctype Client() {
    do
    :: d_step { query == no_query -> query = waiting; asked = 0; allowed = CONTENTS(primary) }
#if INSTANCES > 1
    :: d_step { query == no_query -> query = waiting; asked = 1; allowed = CONTENTS(primary) }
#endif
    od
}

// CoalescedStatement.nextWaiters: a query that arrives after the statement has begun waits for the next one.
inline take_queries(instance) {
    if :: IS_QUERY_WAITING(instance) -> query = running :: else fi
}

inline end_query() { query = no_query; asked = 0; allowed = 0 }

// CoalescedStatement.answer
inline answer_queries(instance) {
    if
    :: asked == instance && query == running ->
        assert(allowed & CONTENTS(snapshot[instance]));  // no stale response
        end_query()
#ifdef PLANT_QUERY_JOINS_RUNNING_STATEMENT
    :: asked == instance && query == waiting ->
        assert(allowed & CONTENTS(snapshot[instance]));
        end_query()
#endif
    :: else
    fi
}

// QueryAnswerer.fromTables: another statement, which begins after the query arrived. Its response does not depend on the protocol.
inline answer_queries_from_tables(instance) {
    if :: asked == instance && query == running -> end_query() :: else fi
}
