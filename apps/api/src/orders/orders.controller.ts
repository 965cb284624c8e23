import { randomUUID } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { requireScope, type Scope } from '#access';
import { Clock, type Page, parseId } from '#common';
import {
  type OrderDetails,
  OrdersService,
  refundWord,
  ShopsService,
  toItem,
  toToldOrder,
  toTotal,
} from '#orders';
import { Actor, type AuthenticatedRequest, RequireScope } from '../http/auth.guard.js';
import { pageOf } from '../http/schemas.js';
import {
  changeOrder,
  type ChangeOrder,
  listOrders,
  type ListOrders,
  orderFact,
  type OrderFact,
  orderView,
  type OrderView,
  refundOrder,
  type RefundOrder,
  tellOrder,
  type TellOrder,
} from './orders.schemas.js';
import { toOrderView } from './orders.views.js';

@ApiTags('orders')
@ApiBearerAuth()
@Controller('v1/orders')
@RequireScope('orders:write')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly shops: ShopsService,
    private readonly clock: Clock,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Tell an order, or tell it again: it is known by its shop and your id of it',
    description:
      'It finds or makes the contact, records what the purchase is the ground for, and brings the purchase facts up to date, all ' +
      'or nothing. Told again, or late, it undoes nothing newer. With marketing the key needs consents:write too, and ' +
      'contacts:write where the order makes a contact.',
  })
  @ApiResponse({ status: 200, standardSchema: orderView, description: 'Told again' })
  @ApiResponse({ status: 201, standardSchema: orderView, description: 'New' })
  async tell(
    @Body({ schema: tellOrder }) { shopId, ...payload }: TellOrder,
    @Actor() actor: string,
    @Req() { apiKey }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderView> {
    // Who may only tell orders records no consent, and makes no contacts.
    const needing = (scope: Scope): void => apiKey && requireScope(apiKey, scope);
    if (payload.marketing) needing('consents:write');
    const shop = await this.shops.get(parseId('shop', shopId));
    const word = toToldOrder(payload, this.clock.now());
    const { order, created } = await this.orders.tell(shop, word, actor, {
      mayCreate: () => needing('contacts:write'),
    });
    void reply.status(created ? 201 : 200);
    return toOrderView(order);
  }

  @Get()
  @RequireScope('orders:read')
  @ApiOperation({ summary: 'List orders, of a contact or a shop, or find one by its id in the shop' })
  @ApiResponse({ status: 200, standardSchema: pageOf(orderView) })
  async list(@Query({ schema: listOrders }) query: ListOrders): Promise<Page<OrderView>> {
    const { limit, cursor, contactId, shopId, externalId } = query;
    const filter = {
      contactId: contactId === undefined ? undefined : parseId('contact', contactId),
      shopId: shopId === undefined ? undefined : parseId('shop', shopId),
      externalId,
    };
    const page = await this.orders.list({ limit, cursor }, filter);
    return { ...page, items: page.items.map(toOrderView) };
  }

  @Get(':id')
  @RequireScope('orders:read')
  @ApiOperation({ summary: 'Read an order' })
  @ApiResponse({ status: 200, standardSchema: orderView })
  async get(@Param('id') orderId: string): Promise<OrderView> {
    return toOrderView(await this.orders.get(parseId('order', orderId)));
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change the total, the items or what else is given, and leave the rest' })
  @ApiResponse({ status: 200, standardSchema: orderView })
  async change(
    @Param('id') orderId: string,
    @Body({ schema: changeOrder }) { toldAt, total, items, ...rest }: ChangeOrder,
    @Actor() actor: string,
  ): Promise<OrderView> {
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    const changes: Partial<OrderDetails> = {
      ...(Object.fromEntries(given) as Partial<OrderDetails>),
      ...(total === undefined ? {} : toTotal(total)),
      ...(items === undefined ? {} : { items: items.map(toItem) }),
    };
    const at = toldAt === undefined ? null : new Date(toldAt);
    return toOrderView(await this.orders.change(parseId('order', orderId), changes, at, actor));
  }

  @Post(':id/fulfil')
  @HttpCode(200)
  @ApiOperation({ summary: 'Tell that an order was fulfilled: sent off, or handed over' })
  @ApiResponse({ status: 200, standardSchema: orderView })
  async fulfil(
    @Param('id') orderId: string,
    @Body({ schema: orderFact }) body: OrderFact,
    @Actor() actor: string,
  ): Promise<OrderView> {
    const at = this.#at(body.at);
    const word = { toldAt: at, fulfilledAt: at };
    return toOrderView(await this.orders.tellOf(parseId('order', orderId), word, actor));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Tell that an order was cancelled; it no longer counts as a purchase' })
  @ApiResponse({ status: 200, standardSchema: orderView })
  async cancel(
    @Param('id') orderId: string,
    @Body({ schema: orderFact }) body: OrderFact,
    @Actor() actor: string,
  ): Promise<OrderView> {
    const at = this.#at(body.at);
    const word = { toldAt: at, cancelledAt: at };
    return toOrderView(await this.orders.tellOf(parseId('order', orderId), word, actor));
  }

  @Post(':id/refund')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Tell that money of an order went back, an amount or all, or that it did not after all',
  })
  @ApiResponse({ status: 200, standardSchema: orderView })
  async refund(
    @Param('id') orderId: string,
    @Body({ schema: refundOrder }) { at: given, ...refund }: RefundOrder,
    @Actor() actor: string,
  ): Promise<OrderView> {
    const at = this.#at(given);
    // A part without an id of its own is another each time.
    const word = { toldAt: at, ...refundWord(refund, at, randomUUID()) };
    return toOrderView(await this.orders.tellOf(parseId('order', orderId), word, actor));
  }

  #at(text: string | undefined): Date {
    return text === undefined ? this.clock.now() : new Date(text);
  }
}
