export * from './advance-sequences.handler.js';
export * from './definition.js';
export {
  type EndReason,
  phases,
  type Phase,
  endReasons,
  type EnrolmentState,
  enrolmentStates,
  type Move,
  type MoveOutcome,
  moveOutcomes,
} from './enrolment.js';
export { type EnrolmentRow, type PlaceCount } from './enrolment-view.repository.js';
export * from './enrolments.service.js';
export { Mover } from './mover.js';
export { type ReadyMade, rolesOf, type SymbolicStep } from './ready-made.js';
export { type Wishes } from './ready-made-needs.js';
export { type Installed, ReadyMadeSequences } from './ready-made-sequences.service.js';
export { type Sequence, type SequenceState, sequenceStates, type SequenceVersion } from './sequence.js';
export * from './sequences.module.js';
export * from './sequences.service.js';
export { Watches } from './watches.service.js';
export { diagramOf } from './diagram.js';
export { moveText } from './move-words.js';
export { type SimulatedMove } from './simulation.js';
export * from './simulations.service.js';
export * from './watch-sequences.handler.js';
export { type Product } from './wished-words.js';
export { type SendingPause, SequenceDispatchRepository } from './sequence-dispatch.repository.js';
export { ArrivalRepository } from './arrival.repository.js';
export { EnrolmentRepository } from './enrolment.repository.js';
export { Entrance } from './entrance.service.js';
export { SequenceRepository } from './sequence.repository.js';
