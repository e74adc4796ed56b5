/*
 * The charge of an order, as the engine does it: one order, N payments tried one after the other, each with one charge
 * and its reversals; two nodes that crash, and take over from each other, as often as they like; one PSP behind a
 * network that loses, delays, reorders and repeats; inquiries that lag. README.md says what stands for what.
 *
 * M_...  a deliberate mistake: an invariant must refute it.
 * A_...  an assumption about the world taken away: what still holds is checked, and what rests on it must break.
 */
#ifndef N
#define N 2
#endif
#define NODES 2

/* ---- what the journal holds; one append is one atomic step ---- */

/* A charge's state (src/payment/operation-states.ts); from APPROVED on they are ends, from DECLINED on unpaid ones. */
#define NONE      0
#define INTENDED  1
#define APPROVED  2
#define MISMATCH  3
#define DECLINED  4
#define NOT_SENT  5
#define ABANDONED 6
#define NOT_SEEN  7
#define IS_END(state)    ((state) >= APPROVED)
#define IS_UNPAID(state) ((state) >= DECLINED)

/* A reversal's state is NONE, INTENDED, or one of these. */
#define ACCEPTED  2
#define DONE      3
#define IS_FROZEN(k) (reversal[k] == INTENDED || reversal[k] == ACCEPTED)

/* The order's. */
#define OPEN    0
#define HELD    1
#define CLAIMED 2
#define CLOSED  3

#define NOBODY NODES

byte charge[N];
byte reversal[N];               /* of the latest reversal; while it is under way its target is frozen */
byte owner[N];                  /* the node at work whose fence is current, or NOBODY */
bool notFoundCounts[N];         /* a first "not found" that counts under the waiting rule */
bool hasLateCase[N];            /* found live after the waiting rule had closed it */
byte order = OPEN;
byte holder = 0;                /* the payment that holds or claims the order */
byte opened = 0;                /* so many payments were opened */

/* ---- what is true at the PSP, and what its inquiries show ---- */

#define UNKNOWN 0
#define LIVE    1
#define ODD     2               /* live, with another amount than ours */
#define REFUSED 3
#define UNDONE  4
#define IS_LIVE(p)  ((p) == LIVE || (p) == ODD)
#define WAS_LIVE(p) ((p) == LIVE || (p) == UNDONE)

byte psp[N];
byte view[N];
bool chargeUnderWay[N];         /* in the network, or in work at the PSP */
bool reversalUnderWay[N];

/* ---- time, one clock a charge: no more than a node can tell by its own clock and the PSP's declared bounds ---- */

#define MAY_SEND  0             /* before the send deadline */
#define DELIVERY  1             /* after it; what was sent may still arrive and be worked on */
#define LAG       2             /* deadline + delivery + processing have passed; inquiries may not show it yet */
#define COUNTS    3             /* and the lag: a "not found" counts from here on */
#define AGAIN     4             /* and the lag once more: a second one closes */
byte phase[N];

#ifdef M_NO_LAG
#define COUNTS_FROM LAG
#define CLOSES_FROM LAG
#else
#define COUNTS_FROM COUNTS
#define CLOSES_FROM AGAIN
#endif

/* ---- invariants; their names stand in the message of an assertion that fails, and cost no state ---- */

hidden byte S1_one_live_charge;
hidden byte S2_written_down_before;
hidden byte S3_closed_is_not_live;
hidden byte S4_approved_is_live;
hidden byte S5_an_end_never_changes;
hidden byte F17_closed_stays_closed;
hidden byte L1_every_operation_ends;
hidden byte L1_books_are_the_ledger;
hidden byte L1_order_is_claimed_or_free;
hidden byte L1_found_late_is_a_case;

#ifdef EXCEPT_NOT_SEEN
/* S1 and S3 as far as they hold without a bound: "not-seen => not live, or found later, reversed and a case", which L1 checks. */
#define IS_COUNTED(k) (IS_LIVE(psp[k]) && charge[k] != NOT_SEEN)
#define IS_PROOF(state) ((state) != NOT_SEEN)
#else
#define IS_COUNTED(k) IS_LIVE(psp[k])
#define IS_PROOF(state) true
#endif
#if N == 1
#define LIVE_CHARGES IS_COUNTED(0)
#elif N == 2
#define LIVE_CHARGES (IS_COUNTED(0) + IS_COUNTED(1))
#else
#define LIVE_CHARGES (IS_COUNTED(0) + IS_COUNTED(1) + IS_COUNTED(2))
#endif

/* ---- events (src/payment/draft.ts, evolve.ts) ---- */

inline moveCharge(k, to) {
  assert(!IS_END(charge[k]) || S5_an_end_never_changes);
  assert(to != APPROVED || psp[k] == LIVE || S4_approved_is_live);
  assert(!IS_UNPAID(to) || !IS_PROOF(to) || !IS_LIVE(psp[k]) || S3_closed_is_not_live);
  charge[k] = to;
  notFoundCounts[k] = false
}

/* released() of src/payment/decision.ts: a closed order stays closed. */
inline release(k) {
  if
  :: order != CLOSED && holder == k -> order = OPEN; holder = 0
  :: else
  fi
}

inline claim(k) {
  assert(order != CLOSED || F17_closed_stays_closed);
  order = CLAIMED;
  holder = k
}

inline endUnpaid(k, to) {
  moveCharge(k, to);
  release(k)
}

/* `sends` says that the append has written down something that its writer is to send. */
inline intendReversal(k) {
#ifndef M_UNJOURNALED_REVERSAL
  reversal[k] = INTENDED;
#endif
  sends = true
}

inline finishReversal(k) {
  if
  :: IS_FROZEN(k) -> reversal[k] = DONE
  :: else
  fi
}

/* ---- conclusions (src/payment/conclude*.ts) ---- */

/* approve() of charge-verdicts.ts: one append with the claim, else a reversal. */
inline approve(k) {
  if
#ifdef M_CLOSED_ORDER_IS_CLAIMED
  :: order == CLOSED || holder == k -> moveCharge(k, APPROVED); claim(k)
#else
  :: order == HELD && holder == k -> moveCharge(k, APPROVED); claim(k)
#endif
  :: else -> intendReversal(k)
  fi
}

#ifdef M_FROZEN_IS_CONCLUDED
#define IS_TO_KEEP(k) IS_END(charge[k])
#else
#define IS_TO_KEEP(k) (IS_END(charge[k]) || IS_FROZEN(k))
#endif

/* An answer or a believed notification. At an end, or while a reversal is under way, it is kept, and prompts inquiry. */
inline concludeAnswer(k, told) {
  if
#ifdef M_NO_FENCE
  :: told == LIVE    -> moveCharge(k, APPROVED); claim(k)
  :: told == REFUSED -> endUnpaid(k, DECLINED)
  :: told == UNKNOWN -> skip
#else
  :: IS_TO_KEEP(k) -> skip
  :: else ->
     if
     :: told == LIVE    -> approve(k)
     :: told == REFUSED -> endUnpaid(k, DECLINED)
     :: else            -> skip         /* in doubt; so is a wrong amount, which may be a garbled answer */
     fi
#endif
  fi
}

inline concludeNotSent(k) {
  if
  :: IS_END(charge[k]) || IS_FROZEN(k) -> skip
  :: else -> endUnpaid(k, NOT_SENT)
  fi
}

/* waiting-rule.ts: by the time at which it was asked, not at which it was answered. */
inline concludeNotFound(k, when) {
  if
#ifdef M_NOT_FOUND_CLOSES
  :: true -> endUnpaid(k, NOT_SEEN); finishReversal(k)
#else
  :: when >= CLOSES_FROM && notFoundCounts[k]  -> endUnpaid(k, NOT_SEEN); finishReversal(k)
  :: when >= COUNTS_FROM && !notFoundCounts[k] -> notFoundCounts[k] = true
  :: else
#endif
  fi
}

/* conclude-reversal.ts: only an inquiry that shows the target dead ends it; live, it is sent again. */
inline concludeReversal(k, shown, when) {
  if
  :: IS_LIVE(shown) -> intendReversal(k)
  :: shown == UNDONE || shown == REFUSED ->
     reversal[k] = DONE;
     if
     :: IS_END(charge[k]) -> release(k)
     :: else -> endUnpaid(k, (shown == UNDONE -> ABANDONED : DECLINED))
     fi
  :: shown == UNKNOWN && !IS_END(charge[k]) -> concludeNotFound(k, when)
  :: else                               /* asked again */
  fi
}

/* conclude-ended-charge.ts: the end stays; what nobody wants is undone. */
inline concludeEnded(k, shown) {
  if
#ifndef M_NOT_SEEN_IS_FORGOTTEN
  :: IS_UNPAID(charge[k]) && IS_LIVE(shown) && (charge[k] == NOT_SEEN || reversal[k] != DONE) ->
     intendReversal(k);
     hasLateCase[k] = true
#endif
  :: else
  fi
}

inline concludeInquiry(k, shown, when) {
  if
  :: IS_FROZEN(k) -> concludeReversal(k, shown, when)
  :: !IS_FROZEN(k) && IS_END(charge[k]) -> concludeEnded(k, shown)
  :: else ->
     if
     :: shown == LIVE    -> approve(k)
#ifdef M_MISMATCH_RELEASES
     :: shown == ODD     -> endUnpaid(k, MISMATCH); intendReversal(k)
#else
     :: shown == ODD     -> moveCharge(k, MISMATCH); intendReversal(k)
#endif
     :: shown == REFUSED -> endUnpaid(k, DECLINED)
     :: shown == UNDONE  -> endUnpaid(k, ABANDONED)
     :: else             -> concludeNotFound(k, when)
     fi
  fi
}

/* ---- the nodes (src/engine) ---- */

/* commit A: one append holds the order, writes the charge down, and makes the writer its owner. */
inline commitA(k) {
  charge[k] = INTENDED;
  owner[k] = _pid;
  order = HELD;
  holder = k
}

#ifdef M_NO_LOCK
#define MAY_HOLD (order != CLOSED)
#else
#define MAY_HOLD (order == OPEN)
#endif

/* judge() of src/journal/verdict.ts. Who was overtaken only keeps its evidence. */
#ifdef M_NO_FENCE
#define IS_MINE(k) true
#else
#define IS_MINE(k) (owner[k] == _pid)
#endif

#define IS_TO_ASK(k) (charge[k] == INTENDED || charge[k] == NOT_SEEN || IS_FROZEN(k))
#define MAY_REVERSE(k) (reversal[k] == NONE && (charge[k] == INTENDED || charge[k] == APPROVED))

/* Any payment that was opened. */
inline pick(k) {
  if
  :: opened > 0 -> k = 0
#if N > 1
  :: opened > 1 -> k = 1
#endif
#if N == 3
  :: opened > 2 -> k = 2
#endif
  fi
}

/* Its process may be gone here, and with it all that it knew. */
inline mayCrash() {
  if
  :: goto rest
  :: true
  fi
}

active [NODES] proctype Node() {
  byte k = 0;
  byte found = 0;
  byte asked = 0;
  bool sends = false;

idle:
  if
  :: atomic {                           /* pay.ts, runner.ts */
       opened < N && MAY_HOLD ->
       k = opened;
       opened++;
#ifndef M_SEND_FIRST
       commitA(k);
#endif
       goto charging
     }
  :: atomic {                           /* recovery.ts: takeOver(), which raises the fence, and inquire() */
       pick(k);
       IS_TO_ASK(k) ->
       owner[k] = _pid;
       found = view[k];
       asked = (found == UNKNOWN && phase[k] >= COUNTS_FROM -> phase[k] : MAY_SEND);
       goto asking
     }
  :: atomic {                           /* notice-weighing.ts: a guest's write, under the state that is there */
       pick(k);
#ifndef M_FORGED_NOTIFICATION
       WAS_LIVE(psp[k]) ->
#endif
#ifdef M_BLIND_CALLBACK
       moveCharge(k, APPROVED);
#else
       concludeAnswer(k, LIVE);
#endif
       goto concluded
     }
  :: atomic {
       pick(k);
       psp[k] == REFUSED ->
       concludeAnswer(k, REFUSED);
       goto concluded
     }
  :: atomic {                           /* modify.ts: the shop, or a person, wants it undone, done or in doubt */
       pick(k);
       MAY_REVERSE(k) ->
       intendReversal(k);
       goto concluded
     }
  fi;

charging:
  mayCrash();
  /* transmit.ts: the deadline is checked in the tick of the first byte ... */
  if
#ifdef M_NO_SEND_DEADLINE
  :: true
#else
  :: phase[k] == MAY_SEND
#endif
  :: atomic {                           /* past it, or no connection: no byte has left, nor will one */
       true ->
       if
       :: IS_MINE(k) -> concludeNotSent(k)
       :: else
       fi;
       goto rest
     }
  fi;
  /* ... and still the process may stand still here; until then counts as delivery. */
  atomic {
    if
#if defined(M_NO_SEND_DEADLINE) || defined(A_NO_DELIVERY_BOUND)
    :: true -> chargeUnderWay[k] = true
#else
    :: phase[k] <= DELIVERY -> chargeUnderWay[k] = true
    :: else
#endif
    fi
  };
#ifdef M_SEND_FIRST
  mayCrash();
  commitA(k);
#endif
  mayCrash();
  atomic {                              /* commit B, with an answer however late, or without one */
    if
    :: WAS_LIVE(psp[k])   -> found = LIVE
    :: psp[k] == REFUSED  -> found = REFUSED
#ifdef M_TIMEOUT_IS_DECLINE
    :: true               -> found = REFUSED
#else
    :: true               -> found = UNKNOWN
#endif
    fi;
    if
    :: IS_MINE(k) -> concludeAnswer(k, found)
    :: else
    fi;
    goto concluded
  };

asking:
  mayCrash();
  atomic {
    if
    :: IS_MINE(k) -> concludeInquiry(k, found, asked)
    :: else
    fi;
    goto concluded
  };

concluded:
  atomic {
    if
    :: sends -> owner[k] = _pid; found = 0; asked = 0; goto reversing
    :: else -> goto rest
    fi
  };

reversing:
  mayCrash();
  atomic {                              /* what is dead, a reversal does not change */
    reversalUnderWay[k] = (psp[k] == UNKNOWN || IS_LIVE(psp[k]));
    if
    :: IS_MINE(k) && reversal[k] == INTENDED ->
#ifdef M_RECEIPT_IS_DONE
       reversal[k] = DONE;
       if
       :: IS_END(charge[k]) -> release(k)
       :: else -> endUnpaid(k, ABANDONED)
       fi
#else
       reversal[k] = ACCEPTED           /* a receipt */
#endif
    :: true
    fi
  };

rest:
  atomic {
    if
    :: owner[k] == _pid -> owner[k] = NOBODY
    :: else
    fi;
    k = 0; found = 0; asked = 0; sends = false;
    goto idle
  }
}

/* ---- the PSP, the network and time, for one payment ---- */

#ifdef M_PSP_NO_DEDUP
#define EXECUTES(k) (psp[k] == UNKNOWN || psp[k] == LIVE)
#define ARRIVED(k) skip                 /* a copy may follow */
#else
#define EXECUTES(k) (psp[k] == UNKNOWN)
#define ARRIVED(k) chargeUnderWay[k] = false    /* a copy that follows changes nothing */
#endif

inline execute(k, how) {
  assert(charge[k] != NONE || S2_written_down_before);
  assert(psp[k] == UNKNOWN || S1_one_live_charge);
  psp[k] = how;
  assert(LIVE_CHARGES <= 1 || S1_one_live_charge);
  assert(!IS_UNPAID(charge[k]) || !IS_PROOF(charge[k]) || S3_closed_is_not_live);
  ARRIVED(k)
}

active [N] proctype World() {
  byte k;
  k = _pid - NODES;
end:
  do
  :: atomic { chargeUnderWay[k] && EXECUTES(k) -> execute(k, LIVE) }
#ifndef WITHOUT_WRONG_AMOUNTS
  :: atomic { chargeUnderWay[k] && EXECUTES(k) -> execute(k, ODD) }
#endif
  :: atomic { chargeUnderWay[k] && EXECUTES(k) -> psp[k] = REFUSED; ARRIVED(k) }
  :: atomic { chargeUnderWay[k] -> chargeUnderWay[k] = false }
  :: atomic {
       reversalUnderWay[k] && IS_LIVE(psp[k]) ->
       assert(reversal[k] != NONE || S2_written_down_before);
       psp[k] = UNDONE;
       reversalUnderWay[k] = false
     }
  :: atomic { reversalUnderWay[k] -> reversalUnderWay[k] = false }
  :: atomic { view[k] != psp[k] -> view[k] = psp[k]; phase[k] = AGAIN }       /* once seen, time tells nothing more */
  :: atomic { k < opened && phase[k] == MAY_SEND -> phase[k] = DELIVERY }
  :: atomic {
       phase[k] == DELIVERY ->
#ifndef A_NO_DELIVERY_BOUND
       chargeUnderWay[k] = false;
#endif
       phase[k] = LAG
     }
  :: atomic {                           /* what was done before the lag is shown now; what came later need not be */
       phase[k] == LAG ->
       if
       :: psp[k] != UNKNOWN -> view[k] = (psp[k] == UNDONE -> LIVE : psp[k]); phase[k] = AGAIN
       :: else -> phase[k] = COUNTS
       fi
     }
  :: atomic { phase[k] == COUNTS -> phase[k] = AGAIN }
#ifndef WITHOUT_CLOSING
  :: atomic { k == 0 && (order == OPEN || order == HELD) -> order = CLOSED; holder = 0 }    /* the shop closes the order */
#endif
  od
}

/* ---- L1: the faults stop, and whatever has happened until then one calm pass of recovery ends it ---- */

/* Reached from every state by steps of the world alone: what is under way arrives or is lost, and time passes. */
#define IS_CALM(k) ((k) >= opened || (!chargeUnderWay[k] && !reversalUnderWay[k] && view[k] == psp[k] && phase[k] == AGAIN))
#if N == 1
#define ALL_CALM IS_CALM(0)
#elif N == 2
#define ALL_CALM (IS_CALM(0) && IS_CALM(1))
#else
#define ALL_CALM (IS_CALM(0) && IS_CALM(1) && IS_CALM(2))
#endif
/* Two "not found"; or an end, live after all: found, reversed, seen to be reversed. */
#define ROUNDS 3

inline takeUp(k) {
  turn = 0;
  assert(charge[k] != NOT_SEEN || !IS_FROZEN(k) || hasLateCase[k] || L1_found_late_is_a_case);
  do
  :: turn < ROUNDS && IS_TO_ASK(k) ->
     owner[k] = NOBODY;
     concludeInquiry(k, view[k], AGAIN);
     if
     :: sends && IS_LIVE(psp[k]) -> psp[k] = UNDONE; view[k] = UNDONE
     :: else
     fi;
     sends = false;
     turn++
  :: else -> break
  od;
  turn = 0;
  assert((IS_END(charge[k]) && !IS_FROZEN(k)) || L1_every_operation_ends);
  assert((psp[k] == LIVE && charge[k] == APPROVED && reversal[k] != DONE) ||
         (!IS_LIVE(psp[k]) && (charge[k] != APPROVED || reversal[k] == DONE)) || L1_books_are_the_ledger);
  assert((psp[k] == LIVE) == (order == CLAIMED && holder == k) || L1_order_is_claimed_or_free)
}

#ifndef SAFETY_ALONE
active proctype CalmPass() {
  byte k = 0;
  byte turn = 0;
  bool sends = false;
end:
  do
  :: d_step {
       opened > 0 && ALL_CALM ->
       do
       :: k < opened -> takeUp(k); k++
       :: else -> break
       od;
       k = 0;
       assert(order != HELD || L1_order_is_claimed_or_free)
     }
  od
}
#endif

/* ---- what can be reached, so that nothing holds for want of a story; the check reads which of these were not ---- */

#define FIRST(state, truth) (charge[0] == (state) && psp[0] == (truth))
#define SECOND_PAYS (charge[1] == APPROVED && order == CLAIMED && holder == 1)

active proctype Story() {
end:
  do
  :: atomic { FIRST(APPROVED, LIVE) && order == CLAIMED                  -> printf("story: paid at the first try") }
#ifndef WITHOUT_CLOSING
  :: atomic { FIRST(ABANDONED, UNDONE) && order == CLOSED                -> printf("story: approved for a closed order, and reversed") }
#endif
  :: atomic { FIRST(INTENDED, LIVE) && reversal[0] == ACCEPTED           -> printf("story: live, and only a receipt for its reversal") }
  :: atomic { FIRST(NOT_SEEN, UNDONE) && reversal[0] == DONE             -> printf("story: found live after the waiting rule, and reversed") }
#if N > 1
  :: atomic { FIRST(DECLINED, REFUSED) && SECOND_PAYS                    -> printf("story: declined, and the second pays") }
  :: atomic { FIRST(NOT_SENT, UNKNOWN) && SECOND_PAYS                    -> printf("story: not sent, and the second pays") }
  :: atomic { FIRST(NOT_SEEN, UNKNOWN) && SECOND_PAYS                    -> printf("story: closed by the waiting rule, and the second pays") }
  :: atomic { FIRST(ABANDONED, UNDONE) && SECOND_PAYS                    -> printf("story: reversed in doubt, and the second pays") }
  :: atomic { FIRST(APPROVED, UNDONE) && SECOND_PAYS                     -> printf("story: paid and reversed, and the second pays") }
#ifndef WITHOUT_WRONG_AMOUNTS
  :: atomic { FIRST(MISMATCH, UNDONE) && SECOND_PAYS                     -> printf("story: wrong amount, reversed, and the second pays") }
#endif
#endif
  od
}
