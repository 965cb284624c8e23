import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatId, type Page, parseId } from '#common';
import { SendersService, type Topic } from '#consent';
import { Actor, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  createTopic,
  type CreateTopic,
  topicQuery,
  type TopicQuery,
  topicView,
  type TopicView,
  updateTopic,
  type UpdateTopic,
} from './topics.schemas.js';

@ApiTags('topics')
@ApiBearerAuth()
@Controller('v1/topics')
export class TopicsController {
  constructor(private readonly senders: SendersService) {}

  @Post()
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Add a topic that people can subscribe to' })
  @ApiResponse({ status: 201, standardSchema: topicView })
  async create(@Body({ schema: createTopic }) body: CreateTopic, @Actor() actor: string): Promise<TopicView> {
    const senderId = parseId('sender', body.senderId);
    return toView(
      await this.senders.createTopic(senderId, body.key, body.name, body.description, actor, body.purpose),
    );
  }

  @Get()
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'List topics, of one sender or of all' })
  @ApiResponse({ status: 200, standardSchema: pageOf(topicView) })
  async list(@Query({ schema: topicQuery }) query: TopicQuery): Promise<Page<TopicView>> {
    const senderId = query.senderId === undefined ? null : parseId('sender', query.senderId);
    const page = await this.senders.listTopics(query, senderId);
    return { ...page, items: page.items.map(toView) };
  }

  @Get(':id')
  @RequireScope('senders:read')
  @ApiOperation({ summary: 'Read a topic' })
  @ApiResponse({ status: 200, standardSchema: topicView })
  async get(@Param('id') topicId: string): Promise<TopicView> {
    return toView(await this.senders.getTopic(parseId('topic', topicId)));
  }

  @Patch(':id')
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Change the name or description of a topic' })
  @ApiResponse({ status: 200, standardSchema: topicView })
  async update(
    @Param('id') topicId: string,
    @Body({ schema: updateTopic }) body: UpdateTopic,
    @Actor() actor: string,
  ): Promise<TopicView> {
    return toView(await this.senders.updateTopic(parseId('topic', topicId), body, actor));
  }

  @Delete(':id')
  @HttpCode(204)
  @RequireScope('senders:write')
  @ApiOperation({ summary: 'Delete a topic that was never used' })
  @ApiResponse({ status: 204 })
  async delete(@Param('id') topicId: string, @Actor() actor: string): Promise<void> {
    await this.senders.deleteTopic(parseId('topic', topicId), actor);
  }
}

function toView(topic: Topic): TopicView {
  return {
    ...topic,
    id: formatId('topic', topic.id),
    senderId: formatId('sender', topic.senderId),
    createdAt: topic.createdAt.toISOString(),
    updatedAt: topic.updatedAt.toISOString(),
  };
}
