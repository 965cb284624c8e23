import { Module } from '@nestjs/common';
import { ConsentModule } from '#consent';
import { ContactsModule } from '#contacts';
import { EventsService } from './events.service.js';
import { PersonEventRepository } from './person-event.repository.js';

@Module({
  imports: [ConsentModule, ContactsModule],
  providers: [EventsService, PersonEventRepository],
  exports: [EventsService],
})
export class EventsModule {}
