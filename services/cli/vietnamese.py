"""Every text of the command line in Vietnamese, by its English text."""

COMMANDS = {
    "The bundles that were made and applied here, and which of them have arrived.": (
        "Các gói đã tạo và đã nhận ở đây, và gói nào đã tới nơi."
    ),
    "How many entries of each log this site has, or another as it said last.": (
        "Điểm này có bao nhiêu mục của mỗi nhật ký, hoặc một điểm khác theo lần báo gần nhất."
    ),
    "Id of another site; else this one.": "Mã của một điểm khác; để trống là điểm này.",
    "Leave out what the bundle of this number leads to. Where that one is lost, this one waits for it.": (
        "Bỏ qua những gì gói có số này đã đưa tới. Nếu gói đó thất lạc, gói này phải chờ nó."
    ),
    "this site made no bundle {number} for {site}": "điểm này không tạo gói số {number} nào cho {site}",
    "name one of these, or leave --since-bundle out: {numbers}": (
        "hãy chọn một trong các số này, hoặc bỏ --since-bundle: {numbers}"
    ),
    "Accounts: who may sign in, with which role and where.": (
        "Tài khoản: ai được đăng nhập, với vai trò nào và ở đâu."
    ),
    "Add an account, and print a one-time link with which its owner sets the password.": (
        "Thêm một tài khoản và in liên kết dùng một lần để chủ tài khoản đặt mật khẩu."
    ),
    "Grant a role in some units or everywhere, or take it away.": (
        "Giao vai trò ở một số đơn vị hoặc toàn bộ, hoặc thu lại."
    ),
    "Disable an account: nobody can sign in, and its sessions and tokens are over at once.": (
        "Khóa một tài khoản: không ai đăng nhập được, các phiên và token của nó hết hiệu lực ngay."
    ),
    "Let a disabled account be used again.": "Mở lại một tài khoản đã khóa.",
    "Take one-time codes away, end all sessions and print a link for a new password.": (
        "Bỏ mã dùng một lần, kết thúc mọi phiên và in liên kết để đặt mật khẩu mới."
    ),
    "Every account with its roles of today.": "Mọi tài khoản cùng vai trò hôm nay.",
    "Tokens of programs: each acts for an account until a day.": (
        "Token của chương trình: mỗi token thay mặt một tài khoản đến một ngày."
    ),
    "Issue a token that acts for an account until a day, and print it once.": (
        "Cấp một token thay mặt tài khoản đến một ngày và in ra một lần."
    ),
    "Every token with its owner, its end and its last use.": (
        "Mọi token cùng chủ, ngày hết hạn và lần dùng cuối."
    ),
    "Refuse a token from now on.": "Từ chối một token kể từ bây giờ.",
    "Start a province, a city and two wards that exchange facts on this machine; --home: their folder.": (
        "Chạy một tỉnh, một thành phố và hai phường trên máy này, trao đổi sự kiện; --home: thư mục cho các điểm."
    ),
    "Who led what, where and when, as it was known at any moment.": (
        "Ai lãnh đạo gì, ở đâu, khi nào, theo những gì đã biết tại bất kỳ thời điểm nào."
    ),
    "Commands": "Lệnh",
    "Which checkpoints of the logs of this site those above have cosigned, each verified.": (
        "Những điểm chốt nhật ký của điểm này mà cấp trên đã ký chứng nhận, từng cái được kiểm tra."
    ),
    "Checking and repairing": "Kiểm tra và khắc phục",
    "Processes of a cluster": "Các tiến trình của cụm máy",
    "For those who change the code": "Dành cho người sửa mã nguồn",
    "Start the ledger on this machine: the page, the API and its documentation.": (
        "Chạy sổ cán bộ trên máy này: trang web, API và tài liệu của API."
    ),
    "Load the demonstration: real units, invented people, and the numbers that five places published.": (
        "Nạp dữ liệu minh họa: đơn vị có thật, người hư cấu, và số liệu do năm địa phương công bố."
    ),
    "Void or amend a fact, or undo an import. What was known before stays known as it was.": (
        "Hủy hoặc sửa một sự kiện, hoặc rút lại một lần nhập. Những gì đã biết trước đó vẫn giữ nguyên."
    ),
    "The clock of this machine, by which facts are recorded.": (
        "Đồng hồ của máy này, dùng để ghi giờ sự kiện."
    ),
    "State that the clock of this site was far ahead, and is right now.": (
        "Ghi rằng đồng hồ của điểm này đã chạy trước nhiều, và nay đã đúng."
    ),
    "Say that the clock is right after it went ahead, so that facts are recorded again.": (
        "Xác nhận đồng hồ đúng sau khi nó nhảy về phía trước, để tiếp tục ghi sự kiện."
    ),
    "Who looked at what, took data out, was refused, or had access in an emergency.": (
        "Ai đã xem gì, xuất dữ liệu, bị từ chối, hoặc truy cập khẩn cấp."
    ),
    "Who leaves which title in the years to come, and who is planned to follow.": (
        "Ai sẽ thôi chức danh nào trong những năm tới, và ai được quy hoạch thay."
    ),
    "Compute all rows anew from the logs. Readers see the old rows until the new ones are complete.": (
        "Tính lại mọi dòng dữ liệu từ nhật ký. Người đọc thấy các dòng cũ cho đến khi các dòng mới đầy đủ."
    ),
    "Check that no fact is lost or doubled, and that every row is what the logs say.": (
        "Kiểm tra không sự kiện nào mất hoặc lặp, và mọi dòng dữ liệu đúng như nhật ký."
    ),
    "Fill topics anew from their logs, from the first event on. A running relay waits until it is done.": (
        "Nạp lại các topic từ nhật ký, từ sự kiện đầu tiên. Tiến trình relay đang chạy sẽ chờ đến khi xong."
    ),
    "List records that could not be read, and why. Their streams wait until they are read or forgotten.": (
        "Liệt kê các bản ghi không đọc được và lý do. Luồng của chúng chờ đến khi bản ghi được đọc hoặc bỏ qua."
    ),
    "Make schemas, tables, topics and roles, once, before the other processes start.": (
        "Tạo lược đồ, bảng, topic và vai trò, một lần, trước khi các tiến trình khác chạy."
    ),
    "Serve HTTP for some services or all. Every request needs a token from CADRE_TOKENS.": (
        "Phục vụ HTTP cho một số hoặc mọi dịch vụ. Mỗi yêu cầu cần một mã truy cập trong CADRE_TOKENS."
    ),
    "Exchange facts with the site above until stopped. A second one waits until the first is gone.": (
        "Trao đổi sự kiện với điểm cấp trên cho đến khi bị dừng. Tiến trình thứ hai chờ tiến trình thứ nhất kết thúc."
    ),
    "Copy logs to Kafka until stopped. A second relay waits until the first is gone.": (
        "Chép nhật ký sang Kafka cho đến khi được dừng. Tiến trình relay thứ hai chờ tiến trình thứ nhất kết thúc."
    ),
    "Keep the rows of the read side up to date. As many workers may run as there are partitions.": (
        "Cập nhật các dòng dữ liệu để tra cứu. Có thể chạy nhiều tiến trình, tối đa bằng số phân vùng."
    ),
    "Make a new ledger of invented people in the real units, as large as a national history.": (
        "Tạo một sổ mới với người hư cấu trong các đơn vị có thật, lớn như lịch sử của cả nước."
    ),
    "Print or write every environment variable that is read, what it is and who reads it.": (
        "In hoặc ghi mọi biến môi trường được đọc, ý nghĩa của chúng và ai đọc chúng."
    ),
    "Print or write the map of services and events, and what deployment files take from the registry.": (
        "In hoặc ghi bản đồ dịch vụ và sự kiện, cùng những phần của tệp triển khai lấy từ danh mục dịch vụ."
    ),
    "Check that docs/contract is what the code says and breaks nothing that was released.": (
        "Kiểm tra docs/contract đúng như mã nguồn và không phá vỡ những gì đã phát hành."
    ),
    "Bring in files. Importing the same twice changes nothing.": (
        "Nhập dữ liệu từ tệp. Nhập lại lần thứ hai không làm thay đổi gì."
    ),
    "Import persons, units, posts, terms and unit links from CSV files in one folder.": (
        "Nhập người, đơn vị, chức vụ, nhiệm kỳ và liên kết đơn vị từ các tệp CSV trong một thư mục."
    ),
    "Import the dated history of administrative units, or two trees of them with the map between.": (
        "Nhập lịch sử đơn vị hành chính theo ngày, hoặc hai cây đơn vị cùng bảng chuyển đổi giữa hai cây."
    ),
    "Facts that cannot all be true, whom they concern, and how to mend them.": (
        "Các sự kiện không thể cùng đúng, liên quan đến ai, và cách khắc phục."
    ),
    "Ask who held what, where and when.": "Hỏi ai giữ chức vụ gì, ở đâu, khi nào.",
    "Who holds which post on a day, everywhere or in one unit or post.": (
        "Ai giữ chức vụ nào vào một ngày, ở mọi nơi hoặc trong một đơn vị, một chức vụ."
    ),
    "All terms of a person or of a post in the order of their dates, or all versions of a unit.": (
        "Mọi nhiệm kỳ của một người hoặc một chức vụ theo thứ tự ngày, hoặc mọi phiên bản của một đơn vị."
    ),
    "The units of a scheme on a day.": "Các đơn vị của một hệ mã vào một ngày.",
    "The org chart of a unit on a day.": "Sơ đồ tổ chức của một đơn vị vào một ngày.",
    "Find people, units and posts, with their ids, by words of their names; marks do not matter.": (
        "Tìm người, đơn vị và chức vụ cùng mã của chúng theo từ trong tên; có dấu hay không dấu đều được."
    ),
    "Write reports on cadre work.": "Viết báo cáo về công tác cán bộ.",
    "What was planned, moved, appointed, evaluated, trained and reorganised between two days.": (
        "Quy hoạch, điều động, bổ nhiệm, đánh giá, đào tạo và sắp xếp tổ chức giữa hai ngày."
    ),
    "Seal, export, prove and recompute the logs; ask what was known when; erase a person.": (
        "Niêm phong, xuất, chứng minh và tính lại nhật ký; hỏi khi nào đã biết gì; xóa dữ liệu của một người."
    ),
    "Print the public key of this site. Publish it where others find it without asking this office.": (
        "In khóa công khai của nơi này. Hãy công bố ở chỗ người khác tìm được mà không cần hỏi cơ quan này."
    ),
    "Sign a checkpoint of every log that has grown, and keep it.": (
        "Ký và lưu một mốc kiểm tra cho mỗi nhật ký có thêm sự kiện."
    ),
    "Write everything an auditor needs into a new folder, with a program that checks it.": (
        "Ghi mọi thứ kiểm toán viên cần vào một thư mục mới, kèm chương trình kiểm tra."
    ),
    "Write the proof that an event is in its log; verify.py checks it.": (
        "Ghi bằng chứng rằng một sự kiện nằm trong nhật ký của nó; verify.py kiểm tra bằng chứng."
    ),
    "Recompute every row from the first event on and compare. Exit code 1 where anything differs.": (
        "Tính lại mọi dòng dữ liệu từ sự kiện đầu tiên rồi so sánh. Mã thoát 1 nếu có khác biệt."
    ),
    "Who held what on a day as it was known once, and what was recorded about that day since.": (
        "Ai giữ chức vụ gì vào một ngày theo những gì từng biết, và những gì được ghi thêm về ngày đó từ bấy đến nay."
    ),
    "When every fact about a subject became known here, by whom, on which decision document.": (
        "Mỗi sự kiện về một đối tượng được biết ở đây khi nào, do ai, theo quyết định nào."
    ),
    "Erase the personal data of a cadre for good. Nothing else about them changes.": (
        "Xóa vĩnh viễn dữ liệu cá nhân của một cán bộ. Mọi thứ khác về người đó giữ nguyên."
    ),
    "Files in which sites exchange facts: signed by the sender, sealed to the receiver.": (
        "Tệp để các điểm trao đổi sự kiện: bên gửi ký, niêm phong cho bên nhận."
    ),
    "What a bundle says about itself: from whom, for whom, when, and whether its sender signed it.": (
        "Một gói ghi gì về chính nó: ai gửi, gửi cho ai, lúc nào, và bên gửi có thật sự ký hay không."
    ),
    "Compare two bundles: does a site show two histories of one log? Exit code 1 where one does.": (
        "So sánh hai gói: có điểm nào trình ra hai lịch sử của cùng một nhật ký không? Mã thoát 1 nếu có."
    ),
    "Check all of a bundle that is for this site, and what it would bring. Nothing is written.": (
        "Kiểm tra toàn bộ một gói gửi cho điểm này và những gì nó sẽ mang đến. Không ghi gì cả."
    ),
    "How this site stands with those that it exchanges facts with.": (
        "Tình trạng giữa điểm này và các điểm cùng trao đổi sự kiện."
    ),
    "What of this site has arrived above, how much of every other one is here, and what is wrong.": (
        "Những gì của điểm này đã đến cấp trên, ở đây có bao nhiêu của từng điểm khác, và có gì sai."
    ),
    "Exchange with the site above, or another neighbour, until neither has more.": (
        "Trao đổi với điểm cấp trên, hoặc một điểm lân cận khác, đến khi không bên nào còn gì mới."
    ),
    "Digests of all that is shown now. Sites with the same facts have the same ones.": (
        "Giá trị băm của mọi thứ đang hiển thị. Các điểm có cùng sự kiện thì có cùng giá trị."
    ),
    "Write a file with all that a site above or below has not signed for.": (
        "Ghi một tệp gồm tất cả những gì một điểm cấp trên hoặc cấp dưới chưa ký nhận."
    ),
    "Write what this site has, so that another can make a bundle of just what is missing.": (
        "Ghi những gì điểm này đang có, để điểm khác tạo gói chỉ gồm phần còn thiếu."
    ),
    "Take what a bundle brings, and record a receipt for it. Applied twice it changes nothing more.": (
        "Nhận những gì một gói mang đến và ghi biên nhận. Nhận lần nữa thì không đổi gì thêm."
    ),
    "The tree of sites: who belongs to it, below whom, with which keys. All of it works by file.": (
        "Cây các điểm: điểm nào thuộc cây, dưới điểm nào, dùng khóa nào. Tất cả đều làm được bằng tệp."
    ),
    "Make the keys of this site and write its request, or begin a new tree with --root.": (
        "Tạo khóa của điểm này và ghi phiếu đề nghị, hoặc mở một cây mới với --root."
    ),
    "Register the site of a request below this one, and write its ticket.": (
        "Đăng ký điểm trong phiếu đề nghị dưới điểm này và ghi phiếu vào cây."
    ),
    "Join the tree with the ticket that the site above wrote.": "Vào cây bằng phiếu do điểm cấp trên ghi.",
    "The sites of the tree, and what was said about them without authority.": (
        "Các điểm của cây, và những gì đã ghi về chúng mà không có thẩm quyền."
    ),
    "All that the registry says about a site.": "Tất cả những gì sổ đăng ký ghi về một điểm.",
    "Put a site below another parent. Only a site above both may.": (
        "Chuyển một điểm sang cấp trên khác. Chỉ điểm ở trên cả hai mới được làm."
    ),
    "Entries of other sites that must exist, because later ones are here, and are not here.": (
        "Các sự kiện của điểm khác phải có, vì sự kiện sau đã tới đây, mà chưa có ở đây."
    ),
    "Where a site signed two entries at one place: both sides, and which of them count.": (
        "Chỗ một điểm đã ký hai sự kiện ở cùng một vị trí: cả hai nhánh, và nhánh nào được tính."
    ),
    "Decide which sides of a fork count, everywhere. Only a site above the one that was cloned may.": (
        "Quyết định nhánh nào của chỗ rẽ được tính, ở mọi nơi. Chỉ điểm cấp trên của điểm bị nhân bản được làm."
    ),
    "Show what there is of a site whose first synchronisation cannot be completed.": (
        "Cho hiện những gì đã có của một điểm mà lần đồng bộ đầu không thể hoàn tất."
    ),
    "Hash national ids on file under the key of the tree, so that one person at two sites is found.": (
        "Băm số định danh đã lưu bằng khóa của cây, để nhận ra một người có hồ sơ ở hai điểm."
    ),
    "Say which units' facts flow down to a site.": "Đặt các đơn vị có sự kiện được gửi xuống một điểm.",
    "Write where the logs of this site end, and its keys sealed to the one that will keep them.": (
        "Ghi chỗ kết thúc nhật ký của điểm này, và các khóa niêm phong cho điểm sẽ giữ nhật ký."
    ),
    "Keep the keys that a site handed over to this one.": "Giữ các khóa mà một điểm bàn giao cho điểm này.",
    "Id of the site that will keep the logs of this one.": "Mã của điểm sẽ giữ nhật ký của điểm này.",
    "What the site handed over to this one.": "Tệp mà điểm kia bàn giao cho điểm này.",
    "What it handed over, or the last entries of its logs as `cadre site heads` writes them there.": (
        "Tệp điểm đó bàn giao, hoặc tệp ghi các mục cuối của nhật ký do `cadre site heads` ghi ở đó."
    ),
    "{file} is for {other}, and this is {site}": "{file} dành cho {other}, còn đây là {site}",
    "hand it on to that site": "hãy chuyển cho điểm đó",
    "{file} is of {other}, not of {site}": "{file} là của {other}, không phải của {site}",
    "keys of {count} persons kept for {site}": "đã giữ khóa của {count} người thay cho {site}",
    "{file} is not what a site hands over to this one: {error}": (
        "{file} không phải tệp bàn giao cho điểm này: {error}"
    ),
    "make it there with `cadre site hand-over --to SITE --out FILE`": (
        "hãy tạo ở đó bằng `cadre site hand-over --to SITE --out FILE`"
    ),
    "the keys in {file} are for {custodian}": "các khóa trong {file} dành cho {custodian}",
    "hand it on: `cadre site take-over FILE` there": "hãy chuyển tiếp: chạy `cadre site take-over FILE` ở đó",
    "Write the last entries of the logs of this site, for whoever closes it.": (
        "Ghi các mục cuối của nhật ký ở điểm này, cho nơi đóng điểm."
    ),
    "State that this site was restored from a backup, and what it lost.": (
        "Ghi nhận điểm này đã được phục hồi từ bản sao lưu, và đã mất những gì."
    ),
    "Replace the keys of this site, or state the new keys of a site below.": (
        "Thay khóa của điểm này, hoặc ghi khóa mới của một điểm cấp dưới."
    ),
    "Close a site: its logs end, and another site keeps them.": (
        "Đóng một điểm: nhật ký của nó kết thúc, một điểm khác giữ nhật ký đó."
    ),
}

OPTIONS = {
    "A person or unit that was looked at, by its id.": "Người hoặc đơn vị được xem, theo mã.",
    "An account or token that looked, by its id.": "Tài khoản hoặc mã truy cập đã xem, theo mã.",
    "Ask everybody to sign in; the first time, make an administrator and print a one-time link.": (
        "Yêu cầu mọi người đăng nhập; lần đầu tạo một quản trị hệ thống và in liên kết dùng một lần."
    ),
    "The login of the account.": "Tên đăng nhập của tài khoản.",
    "The role.": "Vai trò.",
    "Id of a unit: the role holds in it and below. May be given again; else everywhere.": (
        "Mã đơn vị: vai trò áp dụng trong đơn vị này và cấp dưới. Có thể nêu nhiều lần; bỏ trống là toàn bộ."
    ),
    "Id of a body: the role holds for the persons it manages. May be given again.": (
        "Mã cấp quản lý: vai trò áp dụng với người do cấp đó quản lý. Có thể nêu nhiều lần."
    ),
    "Name of the person: the actor of what they record.": "Họ tên: người thực hiện của những gì họ ghi.",
    "The highest class of facts they see: OPEN to SECRET.": "Mức cao nhất được xem: từ OPEN đến SECRET.",
    "The first day.": "Ngày đầu.",
    "The last day.": "Ngày cuối.",
    "Take the role away, wherever it holds.": "Thu lại vai trò, dù áp dụng ở đâu.",
    "What the token is for.": "Token dùng để làm gì.",
    "It may record facts too, as its owner may.": "Được ghi cả sự kiện, trong phạm vi của chủ token.",
    "The id of the token, as `cadre token list` shows it.": "Mã token, như `cadre token list` hiện.",
    "The port of the first; the others follow.": ("Cổng của điểm đầu; các điểm khác dùng các cổng kế tiếp."),
    "Make the sites and let them exchange once; start none.": (
        "Tạo các điểm và cho trao đổi một lần; không chạy điểm nào."
    ),
    "Show this message and exit.": "Hiện hướng dẫn này rồi thoát.",
    "Install completion for the current shell.": "Cài đặt tự hoàn thành lệnh cho shell hiện tại.",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "In mã tự hoàn thành lệnh cho shell hiện tại, để chép hoặc tự cài đặt."
    ),
    "The folder of the ledger; else CADRE_HOME, else ~/.cadre-ledger.": (
        "Thư mục của sổ; nếu không thì CADRE_HOME, nếu không nữa thì ~/.cadre-ledger."
    ),
    "Language of help and errors; else that of the locale.": (
        "Ngôn ngữ của hướng dẫn và thông báo lỗi; nếu không thì theo hệ điều hành."
    ),
    "Print the version.": "In số phiên bản.",
    "The port to listen on.": "Cổng để phục vụ.",
    "The address to listen on.": "Địa chỉ để phục vụ.",
    "The address to listen on; of this machine only.": "Địa chỉ để phục vụ; chỉ của máy này.",
    "Start with nothing instead of the demonstration.": "Bắt đầu với sổ trống thay vì dữ liệu minh họa.",
    "Ask programs for the token too: where others use this machine.": (
        "Đòi mã truy cập cả với chương trình: khi có người khác dùng chung máy này."
    ),
    "Which demonstration; there is one.": "Bộ dữ liệu minh họa nào; chỉ có một bộ.",
    "Load nothing; else as CADRE_EMPTY says.": "Không nạp gì; nếu không ghi thì theo CADRE_EMPTY.",
    "Leave a ledger that has facts of its own as it is.": "Giữ nguyên sổ đã có sự kiện của mình.",
    "Add a ward officer, a city head, an auditor and a program, with secrets that everybody knows.": (
        "Thêm cán bộ phường, lãnh đạo thành phố, người kiểm tra và một chương trình, với mật khẩu và mã ai cũng biết."
    ),
    "TOPIC/STREAM/EVENT, as every answer gives it.": "TOPIC/LUỒNG/SỰ-KIỆN, như ghi trong mọi câu trả lời.",
    "What to do with facts that followed from this one or need it: show them and stop, correct them too "
    "(apply), or that but leave a rotation open (reopen).": (
        "Xử lý các sự kiện phát sinh từ sự kiện này hoặc dựa vào nó: liệt kê rồi dừng (show), đính chính cả chúng "
        "(apply), hoặc như vậy nhưng để đợt luân chuyển còn mở (reopen)."
    ),
    "Why; kept with the correction.": "Lý do; được lưu cùng lần sửa.",
    'New values as JSON, e.g. {"effective_from": "2020-01-15"}.': (
        'Giá trị mới ở dạng JSON, ví dụ {"effective_from": "2020-01-15"}.'
    ),
    "Void every fact of the import with this id, or make the corrections of this file, one a line, "
    'as {"fact": …, "amend": {…}, "reason": …} or as CSV with these columns. All count together.': (
        "Hủy mọi sự kiện của lần nhập có mã này; hoặc thực hiện các lần sửa liệt kê trong tệp này, mỗi dòng một lần, "
        'ở dạng {"fact": …, "amend": {…}, "reason": …} hoặc CSV có các cột đó. Tất cả có hiệu lực cùng nhau.'
    ),
    "How far the corrections are that this correction asked for.": (
        "Các lần sửa mà lần sửa này yêu cầu đã làm đến đâu."
    ),
    "JSON on standard output, for programs.": "In JSON ra đầu ra chuẩn, cho chương trình khác đọc.",
    "Id of a unit: it and all below it.": "Mã của một đơn vị: đơn vị đó và mọi đơn vị bên dưới.",
    "How many years ahead.": "Bao nhiêu năm tới.",
    "From this day on; else from today.": "Kể từ ngày này; nếu không thì từ hôm nay.",
    "here: known since this site has it; recorded: since its own site recorded it, equal at all sites.": (
        "here: biết từ khi điểm này có; recorded: từ khi điểm gốc ghi, như nhau ở mọi điểm."
    ),
    "As this site below knew it, by its id.": "Theo những gì điểm cấp dưới này đã biết, theo mã.",
    "As this site below knew it, by its id; each with the receipt that shows it.": (
        "Theo những gì điểm cấp dưới này đã biết, theo mã; kèm biên nhận chứng minh."
    ),
    "Of a site below: file with the last entries that carry a wrong time.": (
        "Của điểm cấp dưới: tệp nêu các sự kiện cuối cùng mang giờ sai."
    ),
    "name the last entries with a wrong time with --until": "hãy nêu các sự kiện cuối mang giờ sai bằng --until",
    "`cadre site heads` writes such a file there": "`cadre site heads` ghi tệp đó tại điểm ấy",
    "this site finds the entries with a wrong time itself": "điểm này tự tìm các sự kiện mang giờ sai",
    "leave --until out": "hãy bỏ --until",
    "no log of this site is ahead of its clock, which says {now}": (
        "không nhật ký nào của điểm này đi trước đồng hồ, đang là {now}"
    ),
    "set the clock right first; `cadre rebuild` ends a correction that was cut short": (
        "hãy chỉnh đồng hồ cho đúng trước; `cadre rebuild` hoàn tất lần chỉnh bị gián đoạn"
    ),
    "--site is about one subject": "--site chỉ dùng khi hỏi về một đối tượng",
    "give a subject, or leave --site out": "hãy nêu một đối tượng, hoặc bỏ --site",
    "Only facts that this site recorded. May be given again.": (
        "Chỉ sự kiện do điểm này ghi. Có thể nêu nhiều lần."
    ),
    "With --json: also how far every other site was heard.": (
        "Cùng --json: thêm đã nghe tin mỗi điểm khác đến đâu."
    ),
    "Only what was known then: a day or an instant. Else: what is known now.": (
        "Chỉ những gì đã biết khi đó: một ngày hoặc một thời điểm. Nếu không thì tất cả."
    ),
    "A file of commands that a client saw acknowledged: lines of {topic, key, facts}.": (
        "Tệp các lệnh mà máy khách đã được xác nhận: mỗi dòng một {topic, key, facts}."
    ),
    "Which topics; a topic has the name of its service.": "Những topic nào; topic mang tên dịch vụ của nó.",
    "Which topics; all without a name.": "Những topic nào; không ghi tên là tất cả.",
    "Which services; all without a name.": "Những dịch vụ nào; không ghi tên là tất cả.",
    "Read them again with this version of the program.": "Đọc lại chúng bằng phiên bản này của chương trình.",
    "Forget the record TOPIC/PARTITION/OFFSET, which holds no fact.": (
        "Bỏ qua bản ghi TOPIC/PHÂN-VÙNG/VỊ-TRÍ, vốn không chứa sự kiện nào."
    ),
    "HOST:PORT, or a port, of /health, /ready and /metrics for operators; else CADRE_METRICS.": (
        "MÁY:CỔNG, hoặc một cổng, của /health, /ready và /metrics cho người vận hành; nếu không thì CADRE_METRICS."
    ),
    "Workers of one name share the partitions.": "Các tiến trình cùng tên chia nhau các phân vùng.",
    "Seconds of silence after which others take over its partitions.": (
        "Số giây im lặng mà sau đó tiến trình khác nhận các phân vùng."
    ),
    "Seconds until events that Kafka does not bring are read from the log.": (
        "Số giây chờ trước khi đọc từ nhật ký những sự kiện Kafka không đưa đến."
    ),
    "The new folder; it must not exist yet, or be empty.": "Thư mục mới; chưa tồn tại hoặc đang trống.",
    "How many events: 100k, 1M, 10M, 60M.": "Bao nhiêu sự kiện: 100k, 1M, 10M, 60M.",
    "The same seed gives the same events, byte for byte.": (
        "Cùng một số khởi tạo cho cùng các sự kiện, đúng từng byte."
    ),
    "Write every generated file.": "Ghi lại mọi tệp được sinh ra từ mã nguồn.",
    "Fail when a file differs from the code.": "Báo lỗi khi một tệp khác với mã nguồn.",
    "Write docs/settings.md anew.": "Ghi lại docs/settings.md.",
    "Fail when docs/settings.md differs from the code.": "Báo lỗi khi docs/settings.md khác với mã nguồn.",
    "Write docs/contract anew.": "Ghi lại docs/contract.",
    "From now on others may rely on it; refused when it breaks them.": (
        "Từ nay người khác có thể dựa vào; bị từ chối nếu làm hỏng chương trình của họ."
    ),
    "The folder that holds the CSV files or spreadsheets, or one spreadsheet.": (
        "Thư mục chứa các tệp CSV hoặc bảng tính, hoặc một bảng tính."
    ),
    "The folder that holds the CSV files or spreadsheets, or one spreadsheet; without it the units of Viet Nam.": (
        "Thư mục chứa các tệp CSV hoặc bảng tính, hoặc một bảng tính; nếu không ghi thì là các đơn vị của Việt Nam."
    ),
    "utf-8, utf-16, windows-1258, tcvn3, vni; else as the files prove.": (
        "utf-8, utf-16, windows-1258, tcvn3, vni; nếu không ghi thì nhận ra từ chính các tệp."
    ),
    "Whether 01/02/2019 has its day or its month first; else as a column proves.": (
        "01/02/2019 ghi ngày trước (dmy) hay tháng trước (mdy); nếu không ghi thì như các ngày trong cột chứng minh."
    ),
    "Whether an end is the first day after, or the last day.": (
        "Ngày kết thúc là ngày đầu tiên sau đó (exclusive), hay là ngày cuối (inclusive)."
    ),
    "The name under which the file's ids are kept.": "Tên hệ mã để lưu các mã trong tệp.",
    "Do not ask after the trial run.": "Không hỏi lại sau khi chạy thử.",
    "Only write what would be imported.": "Chỉ cho biết những gì sẽ được nhập.",
    "Refuse --remove-missing where a file lacks more than so many per cent of its earlier lines.": (
        "Từ chối --remove-missing nếu tệp thiếu quá số phần trăm này so với các dòng đã nhập trước."
    ),
    "The files are whole: void what only earlier imports had.": "Tệp là toàn bộ: hủy những gì chỉ có ở lần nhập trước.",
    "Take the two trees and the map, not the dated history.": (
        "Lấy hai cây và bảng chuyển đổi, không lấy lịch sử theo ngày."
    ),
    "A day: 2025-06-30 or 30/6/2025.": "Một ngày: 2025-06-30 hoặc 30/6/2025.",
    "Exit with code 3 where facts contradict each other.": "Kết thúc với mã 3 nếu có sự kiện mâu thuẫn nhau.",
    "Only what holds on this day: 2025-06-30 or 30/6/2025. Else: ever.": (
        "Chỉ những gì đúng vào ngày này: 2025-06-30 hoặc 30/6/2025. Nếu không: bất kỳ ngày nào."
    ),
    "Only this kind, such as TWO_PRIMARY.": "Chỉ loại này, ví dụ TWO_PRIMARY.",
    "Id of a cadre: only what concerns that person.": "Mã một cán bộ: chỉ những gì liên quan đến người đó.",
    "Only this unit, by its id.": "Chỉ đơn vị có mã này.",
    "Only this post, by its id.": "Chỉ chức vụ có mã này.",
    "Show and filter by the ids of this scheme.": "Hiện và lọc theo mã của hệ mã này.",
    "Whose terms, by id.": "Nhiệm kỳ của người có mã này.",
    "The post whose holders, by id.": "Những người giữ chức vụ có mã này.",
    "The unit whose versions, by id.": "Các phiên bản của đơn vị có mã này.",
    "The scheme whose units are listed.": "Hệ mã có các đơn vị cần liệt kê.",
    "Id of the unit at the top.": "Mã của đơn vị ở trên cùng.",
    "How many levels of units below it.": "Bao nhiêu cấp đơn vị bên dưới.",
    "Words of a name, with or without marks.": "Các từ trong tên, có dấu hoặc không dấu.",
    "At most so many of each kind.": "Nhiều nhất bấy nhiêu mục mỗi loại.",
    "First day.": "Ngày đầu.",
    "Last day.": "Ngày cuối.",
    "Words, JSON, or a spreadsheet.": "Văn bản, JSON hoặc bảng tính.",
    "Language of the report.": "Ngôn ngữ của báo cáo.",
    "Write to this file instead of standard output.": "Ghi vào tệp này thay vì đầu ra chuẩn.",
    "The new folder for the archive.": "Thư mục mới cho bản lưu trữ.",
    "Also the events as columns, for programs that compute.": (
        "Thêm các sự kiện ở dạng cột, cho chương trình tính toán."
    ),
    "The id of the event.": "Mã của sự kiện.",
    "The file to write the proof to.": "Tệp để ghi bằng chứng.",
    "The events of this exported archive.": "Lấy sự kiện từ bản lưu trữ đã xuất này.",
    "The events of the topics of this broker: HOST:PORT.": (
        "Lấy sự kiện từ các topic của máy chủ Kafka này: MÁY:CỔNG."
    ),
    "How many processes work at once.": "Bao nhiêu tiến trình chạy cùng lúc.",
    "What was known then: a day or an instant. Twice: and what changed by then.": (
        "Những gì đã biết khi đó: một ngày hoặc một thời điểm. Ghi hai lần: và những gì thay đổi đến lần thứ hai."
    ),
    "Only these rows, such as tenures; may be repeated.": (
        "Chỉ các dòng dữ liệu này, ví dụ tenures; có thể ghi nhiều lần."
    ),
    "Only this unit and all below it: posts, those who hold them, planning lists.": (
        "Chỉ đơn vị này và mọi đơn vị bên dưới: chức vụ, người giữ chức vụ, danh sách quy hoạch."
    ),
    "A cadre, a unit, a post, …, by its id.": "Mã của một cán bộ, một đơn vị, một chức vụ, …",
    "Every breach of a rule that somebody took responsibility for.": (
        "Mọi trường hợp trái quy định đã có người chịu trách nhiệm."
    ),
    "Whom, by id.": "Mã của người đó.",
    "Why, as it will stand in the record.": "Lý do, như sẽ được lưu trong sổ.",
    "The id of the decision document.": "Mã của văn bản quyết định.",
    "Do not ask before it is done.": "Không hỏi lại trước khi thực hiện.",
    "What the site is called.": "Tên của điểm.",
    "Level of administration.": "Cấp hành chính.",
    "Id of the unit that it serves.": "Mã đơn vị mà điểm phục vụ.",
    "Where it answers: https://…": "Địa chỉ trả lời: https://…",
    "It is the top of a new tree.": "Đây là điểm đầu của một cây mới.",
    "The file to write; without it, standard output.": "Tệp để ghi; không có thì ghi ra đầu ra chuẩn.",
    "The request of the site, as `cadre site init` wrote it.": (
        "Phiếu đề nghị của điểm, do `cadre site init` ghi."
    ),
    "The ticket that the site above wrote.": "Phiếu do điểm cấp trên ghi.",
    "The key of the top of the tree, if you have it otherwise.": (
        "Khóa của điểm đầu cây, nếu đã có bằng đường khác."
    ),
    "The bundle, as the other site wrote it.": "Tệp gói, đúng như điểm kia đã ghi.",
    "[HOST:]PORT where other sites are answered too, and nobody else.": (
        "[HOST:]PORT để trả lời các điểm khác, và chỉ các điểm đó."
    ),
    "Id of the neighbour; else the site above.": "Mã điểm lân cận; nếu không là điểm cấp trên.",
    "Where it answers; else as the registry says.": "Nơi điểm đó trả lời; nếu không thì theo sổ đăng ký.",
    "Id of the site that it is for, above or below this one.": "Mã của điểm nhận, cấp trên hoặc cấp dưới điểm này.",
    "The file to write; it must not exist yet.": "Tệp để ghi; chưa được có tệp này.",
    "What that site has, as its `cadre bundle have` wrote it; else what it signed for.": (
        "Những gì điểm đó đang có, do `cadre bundle have` ở đó ghi; không có thì là những gì nó đã ký nhận."
    ),
    "The bundle to compare it with.": "Gói để so sánh với nó.",
    "Id of the site; else this one.": "Mã của điểm; không có thì là điểm này.",
    "Id of the site that moves.": "Mã của điểm được chuyển.",
    "Id of the site whose log it is.": "Mã của điểm ghi nhật ký đó.",
    "Name of the log, as `cadre sync forks` says it.": "Tên nhật ký, như `cadre sync forks` cho biết.",
    "Epoch of the place.": "Đợt ghi của vị trí đó.",
    "Number of the place in its epoch.": "Số của vị trí trong đợt ghi.",
    "Which sides count: both, none, or the root of one as `cadre sync forks` says it. May be given again.": (
        "Nhánh nào được tính: both, none, hoặc gốc của một nhánh như `cadre sync forks` cho biết. Có thể ghi nhiều lần."
    ),
    "Id of the site whose first synchronisation is not complete.": (
        "Mã của điểm mà lần đồng bộ đầu chưa hoàn tất."
    ),
    "Id of its new parent.": "Mã của cấp trên mới.",
    "Why; kept with the fact.": "Lý do; được lưu cùng sự kiện.",
    "The day from which it is so; else today.": "Ngày bắt đầu có hiệu lực; không có thì là hôm nay.",
    "Id of the site that closes.": "Mã của điểm đóng.",
    "Id of the site below which all its children are put, by the same decision.": (
        "Mã của điểm nhận mọi điểm cấp dưới của nó, theo cùng quyết định."
    ),
    "It is closed already: admit what came late, all that is here or as far as --last says.": (
        "Điểm đã đóng: chấp nhận những gì đến muộn, tất cả những gì có ở đây hoặc đến chỗ --last nêu."
    ),
    "Id of the site that keeps its logs.": "Mã của điểm giữ nhật ký.",
    "Its logs end where this site knows them to end.": "Nhật ký kết thúc ở chỗ mà điểm này biết.",
    "Id of the site.": "Mã của điểm.",
    "Id of a unit: it and all below it. May be given again.": (
        "Mã của một đơn vị: gồm nó và mọi đơn vị dưới nó. Có thể ghi nhiều lần."
    ),
    "The highest class of facts that it may see.": "Mức mật cao nhất của sự kiện mà điểm được xem.",
    "No unit at all: nothing more flows down.": "Không đơn vị nào: không gửi gì xuống nữa.",
    "File with the entries that nobody can give back: a JSON list.": (
        "Tệp ghi các mục không nơi nào trả lại được: danh sách JSON."
    ),
    "Of a site below: the request with its new keys, as `cadre site init` wrote it.": (
        "Của một điểm cấp dưới: phiếu đề nghị mang khóa mới, do `cadre site init` ghi."
    ),
    "File with the entries up to which the old key is believed: a JSON list.": (
        "Tệp ghi các mục mà khóa cũ được tin đến đó: danh sách JSON."
    ),
}

MESSAGES = {
    "open this at the address of the ledger, within 24 hours; it works once": (
        "mở đường dẫn này tại địa chỉ của sổ trong vòng 24 giờ; chỉ dùng được một lần"
    ),
    "{logins} can sign in, and from now on everybody has to; the pages of `cadre run` say how": (
        "{logins} đăng nhập được, và từ nay ai cũng phải đăng nhập; các trang của `cadre run` nói rõ cách làm"
    ),
    "a demonstration, whose password everybody knows: {password}, for {accounts}": (
        "bản minh họa, ai cũng biết mật khẩu: {password}, dùng cho {accounts}"
    ),
    "token {id} of {login}": "mã truy cập {id} của {login}",
    "password of {login}": "mật khẩu của {login}",
    "this is shown once; send it as Authorization: Bearer …": (
        "chỉ hiện một lần; gửi kèm Authorization: Bearer …"
    ),
    "the first administrator sets a password here, within 24 hours:": (
        "quản trị hệ thống đầu tiên đặt mật khẩu tại đây, trong vòng 24 giờ:"
    ),
    "making {name} …": ("đang tạo {name} …"),
    "The sites answer at the addresses above. What to try:": (
        "Các điểm trả lời ở những địa chỉ trên. Có thể thử:"
    ),
    "record something at {name}, and find it at the province": ("ghi một sự kiện ở {name} rồi tìm nó ở tỉnh"),
    "stop this, start it again: what was recorded meanwhile arrives": (
        "dừng rồi chạy lại: những gì đã ghi trong lúc đó sẽ đến nơi"
    ),
    "see how they stand: the page, view=sites, or {command}": (
        "xem tình trạng: trang view=sites, hoặc {command}"
    ),
    "close the city as on 1 July 2025: docs/sites.md": ("đóng thành phố như ngày 1/7/2025: docs/sites.md"),
    "{count} national ids hashed under the key of the tree": "đã băm {count} số định danh bằng khóa của cây",
    "Verdict: all {rows} rows follow from the {events} facts, and no sealed fact was changed.": (
        "Kết luận: cả {rows} dòng dữ liệu đều suy ra từ {events} sự kiện, và không sự kiện nào đã niêm phong bị sửa."
    ),
    "Verdict: {count} differences between {rows} rows and {events} facts; do not rely on them.": (
        "Kết luận: {count} điểm khác giữa {rows} dòng dữ liệu và {events} sự kiện; không nên dựa vào chúng."
    ),
    "error": "lỗi",
    "ready": "đã sẵn sàng",
    "what": "loại",
    "taken": "đã nhập",
    "would be taken": "sẽ nhập",
    "person": "người",
    "post": "chức vụ",
    "unit": "đơn vị",
    "Import the rest?": "Nhập phần còn lại?",
    "{count} lines": "{count} dòng",
    "{facts:,} facts, {unchanged:,} unchanged, {aside:,} set aside": (
        "{facts:,} sự kiện, {unchanged:,} không đổi, {aside:,} bị để riêng"
    ),
    "how it was read:": "cách đọc:",
    "{file}: file not used": "{file}: tệp không dùng",
    "{count} lines, the first is {line}": "{count} dòng, dòng đầu tiên là {line}",
    "no longer in the source": "không còn trong nguồn",
    "from an earlier import: ": "từ lần nhập trước: ",
    "taken, but contradicted: ": "đã nhập, nhưng có mâu thuẫn: ",
    "… and {count} more; --json lists all": "… và {count} dòng nữa; --json liệt kê tất cả",
    "to undo all of it: `cadre correct --batch {batch} --reason …`": (
        "để rút lại tất cả: `cadre correct --batch {batch} --reason …`"
    ),
    "First start: loading the units of Viet Nam and what five places published …": (
        "Lần chạy đầu: đang nạp các đơn vị của Việt Nam và số liệu do năm địa phương công bố …"
    ),
    "loaded, {seconds:.1f} s": "đã nạp, {seconds:.1f} giây",
    "the contract is what the code says": "hợp đồng dữ liệu đúng như mã nguồn",
    "{vacancies} posts of {titles} titles are vacant until {until}; {uncovered} titles have no successor; {pool}": (
        "{vacancies} chức vụ của {titles} chức danh trống đến {until}; {uncovered} chức danh thiếu người kế cận; {pool}"
    ),
    "no planning list": "không có danh sách quy hoạch",
    "{count} entries in planning": "{count} lượt quy hoạch",
    "Destroy the key of {cadre}? Nobody can bring it back.": (
        "Hủy khóa của {cadre}? Không ai có thể khôi phục."
    ),
}

ERRORS = {
    "CADRE_OIDC cannot be used: {error}": "CADRE_OIDC không dùng được: {error}",
    "docs/security.md shows such a file": "docs/security.md có tệp mẫu",
    "nothing is on record about {what}": "không có gì được ghi về {what}",
    "no account has the login {login}": "không có tài khoản nào mang tên đăng nhập {login}",
    "`cadre user list` shows them": "`cadre user list` liệt kê các tài khoản",
    "the first account is that of an administrator": "tài khoản đầu tiên phải là của quản trị hệ thống",
    "add --role administrator; from then on everybody has to sign in": (
        "thêm --role administrator; từ đó mọi người phải đăng nhập"
    ),
    "{login} does not have this role": "{login} không có vai trò này",
    "`cadre user list` shows who has which": "`cadre user list` cho biết ai có vai trò nào",
    "the folder of the ledger may only be read": "thư mục của sổ chỉ được đọc",
    "make it writable and run it again": "hãy cho phép ghi rồi chạy lại",
    "{text} is no class of facts": "{text} không phải là mức bảo mật",
    "there are OPEN, INTERNAL, CONFIDENTIAL and SECRET": "có OPEN, INTERNAL, CONFIDENTIAL và SECRET",
    "the clocks of a cluster are those of its machines": "đồng hồ của cụm máy là đồng hồ của các máy trong cụm",
    "mend them there: see `cadre clock`": "hãy chỉnh ở đó: xem `cadre clock`",
    "the sites need a folder of their own": ("các điểm cần một thư mục riêng"),
    "name an empty one: cadre --home FOLDER demo-sites": (
        "hãy ghi một thư mục rỗng: cadre --home THƯ_MỤC demo-sites"
    ),
    "{site}: cadre {command} failed": ("{site}: cadre {command} không thực hiện được"),
    "mend what it says and start again, or remove {folder} to begin anew": (
        "hãy sửa điều được báo rồi chạy lại, hoặc xóa {folder} để làm lại từ đầu"
    ),
    "{site} did not start": ("{site} không khởi động được"),
    "its last lines are above": ("những dòng cuối của nó ở trên"),
    "nothing is lost and nothing half-written: make room and run it again": (
        "không mất gì và không ghi dở dang: hãy giải phóng chỗ rồi chạy lại"
    ),
    "nothing is lost: make it writable and run it again": "không mất gì: hãy cho phép ghi rồi chạy lại",
    "since the ledger was last closed, something else has changed {files}": (
        "từ lần đóng sổ trước, có chương trình khác đã thay đổi {files}"
    ),
    "`cadre verify` checks every fact and every row": (
        "`cadre verify` kiểm tra mọi sự kiện và mọi dòng dữ liệu"
    ),
    "docs/settings.md is not what the code reads": "docs/settings.md không khớp với mã nguồn",
    "run `make settings`": "hãy chạy `make settings`",
    "{name} is not set in the environment": "chưa đặt {name} trong biến môi trường",
    "the folder of the ledger cannot be used: {error}": "không dùng được thư mục của sổ: {error}",
    "name a folder that can be written to with --home or CADRE_HOME": (
        "hãy ghi một thư mục có quyền ghi bằng --home hoặc CADRE_HOME"
    ),
    "the last facts recorded ({topics}) are not shown yet": "những sự kiện ghi sau cùng ({topics}) chưa được hiện ra",
    "open the ledger once where it can be written": "hãy mở sổ một lần ở nơi ghi được",
    "open the ledger once where it can be written, so that they are made anew": (
        "hãy mở sổ một lần ở nơi ghi được để lập lại các dòng dữ liệu"
    ),
    "stop the server that is running and start it again with this version": (
        "hãy dừng máy chủ đang chạy rồi khởi động lại bằng phiên bản này"
    ),
    "there is no ledger in {home}": "không có sổ nào trong {home}",
    "import something first, or name another folder with --home": (
        "hãy nhập dữ liệu trước, hoặc ghi thư mục khác bằng --home"
    ),
    "this ledger has facts of its own": "sổ này đã có sự kiện của mình",
    "the accounts of the demonstration are for one process on one machine": (
        "các tài khoản minh họa chỉ dành cho một tiến trình trên một máy"
    ),
    "leave --accounts out; `cadre user add` makes accounts with secrets of their own": (
        "hãy bỏ --accounts; `cadre user add` tạo tài khoản có mật khẩu riêng"
    ),
    "the accounts of the demonstration need the demonstration, and --empty or CADRE_EMPTY leaves it out": (
        "các tài khoản minh họa cần dữ liệu minh họa, mà --empty hoặc CADRE_EMPTY lại bỏ qua dữ liệu đó"
    ),
    "leave out one of them": "hãy bỏ một trong hai",
    "secrets that the demonstration publishes open this ledger, which is not the demonstration: {secrets}": (
        "sổ này không phải bản minh họa mà lại mở được bằng mật khẩu hoặc mã công bố trong bản minh họa: {secrets}"
    ),
    "run {commands}, then start again; an account gets a password of its own by `cadre user enable`, then "
    "`cadre user reset`": (
        "hãy chạy {commands} rồi khởi động lại; `cadre user enable` rồi `cadre user reset` cho tài khoản mật khẩu riêng"
    ),
    "name an empty folder with --home": "hãy ghi một thư mục trống bằng --home",
    "no {what} has the id {id} in the scheme {scheme}": (
        "không có {what} nào mang mã {id} trong hệ mã {scheme}"
    ),
    "no unit has the id {id}": "không có đơn vị nào mang mã {id}",
    "`cadre find NAME` finds ids": "`cadre find TÊN` tìm ra mã",
    "Find the ids of people, units and posts, by words of their names or by a code.": (
        "Tìm mã của người, đơn vị và chức vụ, theo từ trong tên hoặc theo mã."
    ),
    "Words of a name, with or without marks, a code, or an id.": (
        "Từ trong tên, có dấu hoặc không, hoặc một mã."
    ),
    "{unit} did not exist on {day}": "{unit} không tồn tại vào ngày {day}",
    "{cadre} is not on file": "{cadre} không có trong hồ sơ",
    "the history of exactly one subject is shown": "mỗi lần chỉ hiện lịch sử của một đối tượng",
    "give one of --person, --post and --unit": "hãy ghi một trong --person, --post và --unit",
    "a spreadsheet cannot be written to a terminal": "không thể in bảng tính ra màn hình",
    "name a file with --output": "hãy ghi tên tệp bằng --output",
    "a correction needs a reason": "sửa thì phải có lý do",
    "say why with --reason": "hãy nêu lý do bằng --reason",
    "one fact or one import is corrected": "mỗi lần chỉ sửa một sự kiện hoặc một lần nhập",
    "name a fact, or an import with --batch": "hãy ghi một sự kiện, hoặc một lần nhập bằng --batch",
    "{address!r} is not the address of a fact": "{address!r} không phải địa chỉ của sự kiện nào",
    "copy it from an answer: topic/stream/event": "hãy chép từ một câu trả lời: topic/luồng/sự-kiện",
    "{count} facts followed from this one or need it; nothing was recorded": (
        "có {count} sự kiện phát sinh từ sự kiện này hoặc dựa vào nó; chưa ghi gì"
    ),
    "to correct them too, add --consequences apply": (
        "để đính chính cả các sự kiện đó, thêm --consequences apply"
    ),
    "would be void": "sẽ bị hủy",
    "would be amended": "sẽ được sửa",
    "would be recorded": "sẽ được ghi",
    "in the way: {fact}": "vướng: {fact}",
    "--amend is not a JSON object: {error}": "--amend không phải đối tượng JSON: {error}",
    'write it as {{"effective_from": "2020-01-15"}}': 'hãy ghi như {{"effective_from": "2020-01-15"}}',
    "no import has the id {batch}": "không có lần nhập nào mang mã {batch}",
    "an import printed its id; or name a file": "lệnh nhập đã in mã này; hoặc hãy ghi tên một tệp",
    "{file} lists no correction": "{file} không liệt kê lần sửa nào",
    "write one a line": "hãy ghi mỗi dòng một lần sửa",
    "{file}, line {number}": "{file}, dòng {number}",
    "{file}, line {number}: cannot be corrected so": "{file}, dòng {number}: không thể sửa như vậy",
    "{file} is not UTF-8: {error}": "{file} không ở dạng UTF-8: {error}",
    "save it as UTF-8": "hãy lưu ở dạng UTF-8",
    "it corrects the same fact as line {first}": "sửa cùng một sự kiện với dòng {first}",
    "keep one of both": "hãy giữ một trong hai dòng",
    "correct this line or leave it out": "hãy sửa dòng này hoặc bỏ nó",
    "it has no column {column}": "không có cột {column}",
    "write the columns fact, amend, reason": "hãy ghi các cột fact, amend, reason",
    "write it as {example}": "hãy ghi như {example}",
    "{count} lines cannot be read; nothing was recorded": "{count} dòng không đọc được; chưa ghi gì",
    "mend them and run it again": "hãy sửa các dòng đó rồi chạy lại",
    "recorded in {recorded}, not yet in {missing}: {failure}": (
        "đã ghi vào {recorded}, chưa ghi vào {missing}: {failure}"
    ),
    "run the same command again: it does the rest": "hãy chạy lại đúng lệnh này: phần còn lại sẽ được ghi",
    "the corrections of {batch} were cut short: some of {services} may have them, and others not": (
        "việc đính chính {batch} bị dừng giữa chừng: trong {services} có thể nơi đã ghi, nơi chưa"
    ),
    "give them again with the same options, which does the rest: `cadre correct --batch {batch}`": (
        "hãy chạy lại với đúng các tùy chọn cũ để ghi phần còn lại: `cadre correct --batch {batch}`"
    ),
    "… and {count} more": "… và {count} dòng nữa",
    "{address} is no correction": "{address} không phải một lần sửa",
    "name the correction itself": "hãy ghi địa chỉ của chính lần sửa",
    "{folder} is not a folder": "{folder} không phải thư mục",
    "{folder} is not a folder: nothing has that name": "{folder} không phải thư mục: không có gì mang tên đó",
    "{folder} is one table: the importer takes all tables of a folder together": (
        "{folder} chỉ là một bảng: chương trình nhập mọi bảng của một thư mục cùng lúc"
    ),
    "name the folder in which it is: {parent}": "hãy ghi thư mục chứa tệp đó: {parent}",
    "name the folder that holds the CSV files or spreadsheets, or one spreadsheet": (
        "hãy ghi thư mục chứa các tệp CSV hoặc bảng tính, hoặc một bảng tính"
    ),
    "{encoding!r} is no encoding": "{encoding!r} không phải bảng mã",
    "write utf-8, utf-16, windows-1258, tcvn3 or vni, or leave --encoding out": (
        "hãy ghi utf-8, utf-16, windows-1258, tcvn3 hoặc vni, hoặc bỏ --encoding"
    ),
    "{scheme!r} cannot name a scheme": "{scheme!r} không thể là tên hệ mã",
    "use letters, digits and hyphens": "hãy dùng chữ cái, chữ số và dấu gạch nối",
    "the units of Viet Nam have the scheme gso": "các đơn vị của Việt Nam thuộc hệ mã gso",
    "leave --scheme out": "hãy bỏ --scheme",
    "no scheme is named for the ids of the folder": "chưa ghi hệ mã cho các mã trong thư mục",
    "add --scheme NAME": "hãy thêm --scheme TÊN",
    "{count:,} events need about {needed:.1f} GB, and {free:.1f} GB are free in {folder}": (
        "{count:,} sự kiện cần khoảng {needed:.1f} GB, mà {folder} còn trống {free:.1f} GB"
    ),
    "name a folder on a larger disk, or ask for fewer events": (
        "hãy chọn thư mục trên đĩa lớn hơn, hoặc tạo ít sự kiện hơn"
    ),
    "name a new folder": "hãy ghi một thư mục mới",
    "nothing was left behind; make room or choose another folder, and try again": (
        "không có gì bị để lại; hãy giải phóng chỗ hoặc chọn thư mục khác rồi thử lại"
    ),
    "{host} can be reached from other machines": "máy khác có thể truy cập {host}",
    "there is no sign-in yet: listen on 127.0.0.1, or run a cluster with tokens (`cadre serve`)": (
        "chưa có đăng nhập: hãy phục vụ ở 127.0.0.1, hoặc chạy cụm máy có mã truy cập (`cadre serve`)"
    ),
    "no demonstration is called {name}": "không có bộ dữ liệu minh họa nào tên {name}",
    "there is five-places": "chỉ có five-places",
    "cannot listen on port {port}": "không phục vụ được ở cổng {port}",
    "another program uses it; choose another with --port": (
        "chương trình khác đang dùng cổng này; hãy chọn cổng khác bằng --port"
    ),
    "no service is called {names}": "không có dịch vụ nào tên {names}",
    "there is no topic {names}": "không có topic nào tên {names}",
    "there are no rows called {names}": "không có loại dòng dữ liệu nào tên {names}",
    "there are {known}": "hiện có {known}",
    "CADRE_ROLES names a folder with one file per role, which holds its password": (
        "CADRE_ROLES là thư mục có mỗi vai trò một tệp chứa mật khẩu"
    ),
    'name a file with {{"read": "…", "write": "…"}}, each of 32 characters or more': (
        'hãy ghi một tệp có {{"read": "…", "write": "…"}}, mỗi mã từ 32 ký tự trở lên'
    ),
    "stop the relay and try again": "hãy dừng tiến trình relay rồi thử lại",
    "{record!r} names no record": "{record!r} không phải địa chỉ của bản ghi nào",
    "a record looks like personnel/3/1042": "địa chỉ bản ghi có dạng personnel/3/1042",
    "{record} is not among the dead letters": "{record} không nằm trong số bản ghi không đọc được",
    "`cadre dead-letters` lists them": "`cadre dead-letters` liệt kê chúng",
    "{count} complaints": "{count} điểm sai",
    "what {sites} recorded by then may not all be here: the answer is provisional": (
        "những gì {sites} đã ghi đến lúc đó có thể chưa về đủ: câu trả lời là tạm thời"
    ),
    "ask again when they have been heard of": "hãy hỏi lại khi đã nhận được tin từ các điểm đó",
    "not heard of: {sites}": "chưa nghe tin: {sites}",
    "`cadre sync status` says more": "`cadre sync status` cho biết thêm",
    "{view} is no view": "không có góc nhìn {view}",
    "one of {views}": "chọn một trong {views}",
    "--view recorded and --seen-by exclude each other": "chỉ chọn một trong hai: --view recorded hoặc --seen-by",
    "no site {site} belongs to the tree": "không có điểm {site} trong cây",
    "what was known at {site} is stated only to the sites above it": (
        "điểm {site} đã biết gì thì chỉ báo cho các điểm cấp trên của nó"
    ),
    "ask there, or about one of these: {sites}": "hãy hỏi tại đó, hoặc hỏi về một trong các điểm: {sites}",
    "what is known at {known_at} is not known yet: answers are final up to {watermark}": (
        "chưa thể biết điều gì sẽ được ghi nhận đến {known_at}: câu trả lời chỉ chắc chắn đến {watermark}"
    ),
    "leave --known-at out to ask what is known now": "hãy bỏ --known-at để hỏi theo những gì đã biết đến nay",
    "{log} is ahead of the clock: its last fact says {recorded_at}": (
        "{log} đi trước đồng hồ: sự kiện cuối cùng ghi lúc {recorded_at}"
    ),
    "the clock is taken to be right at {now}": "đồng hồ được coi là đúng, lúc này là {now}",
    "{count} contradictions; `cadre show contradictions` lists them": (
        "{count} mâu thuẫn; lệnh `cadre show contradictions` liệt kê chúng"
    ),
    "there is no contradiction of the kind {kind}": "không có loại mâu thuẫn {kind}",
    "use one of {kinds}": "dùng một trong {kinds}",
    "{file}, line {line}: {error}": "{file}, dòng {line}: {error}",
    'a line looks like {{"topic": "personnel", "key": "k1", "facts": ["EVENT ID"]}}': (
        'một dòng có dạng {{"topic": "personnel", "key": "k1", "facts": ["MÃ SỰ KIỆN"]}}'
    ),
    "run `cadre map --write`": "hãy chạy `cadre map --write`",
    "restore those lines, then run `cadre map --write`": (
        "hãy khôi phục các dòng đó rồi chạy `cadre map --write`"
    ),
    "{file} is not what the code says": "{file} không khớp với mã nguồn",
    "{count} changes would break those who read the events": (
        "{count} thay đổi sẽ làm hỏng chương trình của những người đọc sự kiện"
    ),
    "not what the code says: {files}": "không khớp với mã nguồn: {files}",
    "run `make contract`": "hãy chạy `make contract`",
    "the past was changed: keep this ledger as it is, and call those who are to judge it": (
        "quá khứ đã bị thay đổi: hãy giữ nguyên sổ này và báo cho người có thẩm quyền"
    ),
    "{count} differences; --json lists the first {listed}": (
        "{count} khác biệt; --json liệt kê {listed} khác biệt đầu"
    ),
    "the events come from an archive or from a broker, not from both": (
        "sự kiện lấy từ bản lưu trữ hoặc từ máy chủ Kafka, không lấy từ cả hai"
    ),
    "the signing key {file} is damaged: {error}": "khóa ký {file} bị hỏng: {error}",
    "restore it from a backup: with another key, earlier seals are not by this site any more": (
        "hãy khôi phục từ bản sao lưu: với khóa khác, các niêm phong trước không còn là của nơi này"
    ),
    "{file} is damaged: {error}": "{file} bị hỏng: {error}",
    "restore it from a backup; it names the keys that this site signed with before": (
        "hãy khôi phục từ bản sao lưu; tệp này ghi những khóa mà nơi này đã ký trước đây"
    ),
    "wait until it ends": "hãy chờ đến khi lệnh đó kết thúc",
    "the ledger may only be read, so the certificate is not recorded in the log of the audit": (
        "sổ chỉ đọc được nên chứng nhận không được ghi vào nhật ký kiểm toán"
    ),
    "leave one of --from and --kafka out": "hãy bỏ một trong --from và --kafka",
    "wait until the relay has copied them; `cadre republish TOPIC` fills a topic that has lost some": (
        "hãy chờ tiến trình relay chép xong; `cadre republish TOPIC` nạp lại topic bị mất bản ghi"
    ),
    "the broker at {address} cannot be read: {error}": "không đọc được máy chủ Kafka ở {address}: {error}",
    "name it as HOST:PORT, and see that it answers": "hãy ghi MÁY:CỔNG và kiểm tra máy chủ có trả lời",
    "name a folder that `cadre audit export` has written": "hãy ghi thư mục do `cadre audit export` tạo ra",
    "two instants are compared at most": "chỉ so sánh nhiều nhất hai thời điểm",
    "give --known-at once or twice": "hãy ghi --known-at một hoặc hai lần",
    "one subject is asked about, or all overridden rules": (
        "mỗi lần hỏi về một đối tượng, hoặc về mọi trường hợp trái quy định"
    ),
    "give a subject, or --overrides": "hãy ghi một đối tượng, hoặc --overrides",
    "nothing was ever recorded about {subject}": "chưa từng ghi nhận gì về {subject}",
    "no log holds the event {event}": "không nhật ký nào có sự kiện {event}",
    "Parquet is written by pyarrow, which is not installed": (
        "ghi Parquet cần pyarrow, mà pyarrow chưa được cài đặt"
    ),
    "run `pip install 'cadre-ledger[parquet]'`": "hãy chạy `pip install 'cadre-ledger[parquet]'`",
    "{site} cannot be the id of a site: 1 to 40 characters, each one of a-z 0-9 -": (
        "{site} không thể là mã của điểm: 1 đến 40 ký tự trong a-z 0-9 -"
    ),
    "begin with a new home and CADRE_SITE": "hãy bắt đầu với thư mục mới và CADRE_SITE",
    "the top of the tree has another key: {key}": "điểm đầu của cây có khóa khác: {key}",
    "no site {site} is registered; there are {known}": (
        "chưa có điểm {site} nào được đăng ký; hiện có {known}"
    ),
    "{file} is no request of a site: {error}": "{file} không phải phiếu đề nghị của một điểm: {error}",
    "make it with `cadre site init`": "hãy tạo bằng `cadre site init`",
    "{file} is no ticket for this site: {error}": "{file} không phải phiếu của điểm này: {error}",
    "ask the site above for another": "hãy xin điểm cấp trên phiếu khác",
    "{file} is no list of log heads: {error}": "{file} không phải danh sách mục cuối của nhật ký: {error}",
    "{site} is registered already, below {parent}": "{site} đã được đăng ký, dưới {parent}",
    "make its request with `cadre site init`, or a new tree with `cadre site init --root`": (
        "hãy tạo phiếu đề nghị bằng `cadre site init`, hoặc mở cây mới bằng `cadre site init --root`"
    ),
    "the ticket in {home} is damaged: {error}": "phiếu trong {home} bị hỏng: {error}",
    "join again": "hãy vào cây lại",
    "NoAuthority: this site may not decide that about {site}": (
        "NoAuthority: điểm này không có thẩm quyền quyết định việc đó về {site}"
    ),
    "only these may: {sites}": "chỉ các điểm sau có thẩm quyền: {sites}",
    "UnknownSite: no site {site} is registered here": (
        "UnknownSite: chưa có điểm {site} nào được đăng ký ở đây"
    ),
    "CircularTree: {sites}": "CircularTree: cây bị vòng, {sites}",
    "{rule}: the site {site} is closed": "{rule}: điểm {site} đã đóng",
    "RootStays: the top of the tree cannot be closed": "RootStays: không thể đóng điểm đầu của cây",
    "OwnCustodian: a closed site does not keep its own logs": (
        "OwnCustodian: điểm đã đóng không tự giữ nhật ký của mình"
    ),
    "name another site": "hãy chọn điểm khác",
    "this site has no {file} yet: it belongs to no tree of sites": (
        "điểm này chưa có {file}: nó chưa thuộc cây các điểm nào"
    ),
    "{file} cannot be read: {error}": "không đọc được {file}: {error}",
    "the box key in {home} is damaged: {error}": "khóa niêm phong trong {home} bị hỏng: {error}",
    "restore it from a backup: nothing that was sealed to this site opens without it": (
        "hãy khôi phục từ bản sao lưu: thiếu nó thì không mở được gì đã niêm phong cho điểm này"
    ),
    "{site} is neither above nor below this site": "{site} không phải cấp trên hay cấp dưới của điểm này",
    "NotMyChild: {site} does not belong to {former} any more": "NotMyChild: {site} không còn thuộc {former}",
    "it exchanges facts with {parent} now: `cadre bundle make --for {other}` at {maker}": (
        "điểm này nay trao đổi sự kiện với {parent}: chạy `cadre bundle make --for {other}` tại {maker}"
    ),
    "SiteClosed: {site} is closed, and takes nothing from the sites below it": (
        "SiteClosed: {site} đã đóng và không nhận gì từ các điểm cấp dưới"
    ),
    "they exchange facts with {custodian} or with the site that they were put below": (
        "các điểm đó trao đổi sự kiện với {custodian} hoặc với cấp trên mới của mình"
    ),
    "SiteClosed: {site} is closed and records nothing any more": (
        "SiteClosed: {site} đã đóng và không ghi thêm nữa"
    ),
    "what it recorded can be read; record this at {custodian}, which keeps its logs": (
        "những gì đã ghi vẫn đọc được; hãy ghi việc này tại {custodian}, nơi giữ nhật ký của điểm đó"
    ),
    "its custodian decides now": "nay nơi giữ nhật ký của điểm đó quyết định",
    "exchanging with {above} now": "nay trao đổi với {above}",
    "SiteClosed: {site} is closed": "SiteClosed: {site} đã đóng",
    "exchange facts with the nearest site above that is not: `cadre sync status` names it": (
        "hãy trao đổi sự kiện với điểm cấp trên gần nhất chưa đóng; `cadre sync status` cho biết là điểm nào"
    ),
    "name one of these: {sites}": "hãy chọn một trong: {sites}",
    "other sites cannot be answered at {address}: {error}": "không trả lời được các điểm khác tại {address}: {error}",
    "this site is the top of the tree": "điểm này ở đầu cây",
    "name a site below that answers calls": "hãy nêu một điểm cấp dưới có nhận cuộc gọi",
    "no address of {site} is known": "chưa biết địa chỉ của {site}",
    "give one with --address https://…": "hãy nêu bằng --address https://…",
    "{site} at {address}: {fault}": "{site} tại {address}: {fault}",
    "give another with --address": "hãy nêu địa chỉ khác bằng --address",
    "nothing is lost: try again when the line is up, or exchange in files (`cadre bundle make`)": (
        "không mất gì: hãy thử lại khi có đường truyền, hoặc trao đổi bằng tệp (`cadre bundle make`)"
    ),
    "nothing is lost: the next call goes on where this one ended": (
        "không mất gì: lần gọi sau tiếp tục từ chỗ lần này dừng lại"
    ),
    "the certificate of that address is not one that this machine trusts": (
        "máy này không tin chứng chỉ của địa chỉ đó"
    ),
    "sign in to the network in a browser, or correct the address with --address": (
        "hãy đăng nhập mạng bằng trình duyệt, hoặc sửa địa chỉ bằng --address"
    ),
    "that site refused it; nothing of it was stored there": "điểm đó từ chối; ở đó không lưu gì của bản tin này",
    "the home {home} is of the site {other}, this cluster is {site}": (
        "thư mục {home} là của điểm {other}, còn cụm máy này là {site}"
    ),
    "the rows are behind the facts": "các dòng còn chậm hơn các sự kiện",
    "see that `cadre worker` and `cadre relay` run, and try again": (
        "hãy xem `cadre worker` và `cadre relay` có chạy không rồi thử lại"
    ),
    "name the home of this cluster with CADRE_HOME": "hãy chỉ thư mục của cụm máy này bằng CADRE_HOME",
    "it names the folder with the keys of this site, the same for all commands that concern other sites": (
        "biến này chỉ thư mục có khóa của điểm này, dùng chung cho mọi lệnh liên quan đến điểm khác"
    ),
    "{file} is no list of what a site has: {error}": "{file} không phải danh sách những gì một điểm đang có: {error}",
    "make it there with `cadre bundle have --out FILE`": "hãy tạo nó ở điểm đó bằng `cadre bundle have --out FILE`",
    "{file} says what {other} has, not {site}": "{file} ghi những gì {other} đang có, không phải {site}",
    "name the file of {site}, or make the bundle for {other}": (
        "hãy chọn tệp của {site}, hoặc tạo gói cho {other}"
    ),
    "{file} exists already": "{file} đã có rồi",
    "name another file": "hãy chọn tệp khác",
    "name the file of a bundle": "hãy ghi tên tệp của một gói",
    "{rule}: {file}: {what} ({where}: {detail})": "{rule}: {file}: {what} (chỗ sai: {where}: {detail})",
    "recorded {recorded}, sent {sent}, delivered {delivered}": (
        "đã ghi {recorded}, đã gửi {sent}, đã giao {delivered}"
    ),
    "not registered here yet, kept aside until then: {sites}": (
        "chưa được đăng ký ở đây, để riêng cho đến khi được đăng ký: {sites}"
    ),
    "of a later version, passed over: {count} members": "thuộc phiên bản sau, bỏ qua: {count} phần",
    "the first entry that differs: {epoch} {seq}": "mục đầu tiên khác nhau: {epoch} {seq}",
    "two histories of one log, both signed by their site: {logs}": (
        "hai lịch sử của cùng một nhật ký, đều do điểm của nó ký: {logs}"
    ),
    "keep both files and show the two notes to whoever is above that site": (
        "hãy giữ cả hai tệp và đưa hai bản ký cho cấp trên của điểm đó"
    ),
    "it is no bundle": "đây không phải là một gói",
    "name the file as the other site wrote it": "hãy ghi đúng tệp mà điểm kia đã ghi",
    "this program cannot read that format": "chương trình này không đọc được định dạng đó",
    "update this program, then try the same file again": "hãy nâng cấp chương trình này rồi thử lại chính tệp đó",
    "the file is damaged, or was changed on its way": "tệp bị hỏng hoặc đã bị sửa trên đường đi",
    "copy it once more from where it was written, or ask its sender for another": (
        "hãy chép lại từ nơi đã ghi ra nó, hoặc xin bên gửi gói khác"
    ),
    "its sender is not registered here": "bên gửi chưa được đăng ký ở đây",
    "compare with `cadre site list`; what is newer in the registry must come first": (
        "hãy đối chiếu với `cadre site list`; phần mới hơn của danh mục điểm phải đến trước"
    ),
    "it is signed with a key that was replaced": "gói được ký bằng khóa đã bị thay",
    "ask its sender for a bundle that is signed with the present key": (
        "hãy xin bên gửi một gói ký bằng khóa hiện tại"
    ),
    "its sender did not sign it": "bên gửi không ký gói này",
    "trust nothing in it, and ask the sender by other means whether it wrote this file": (
        "đừng tin gì trong đó, và hỏi bên gửi bằng đường khác xem họ có ghi tệp này không"
    ),
    "it is not for this site": "gói không gửi cho điểm này",
    "hand it on to a site that it is for": "hãy chuyển cho điểm được gửi",
    "it is sealed to a box key that this site does not have": (
        "gói được niêm phong cho một khóa mà điểm này không có"
    ),
    "see that the sender knows the present box key, and ask it for another bundle": (
        "hãy để bên gửi biết khóa niêm phong hiện tại, rồi xin gói khác"
    ),
    "it is larger than a bundle may be": "gói lớn hơn mức cho phép",
    "ask its sender for smaller bundles": "hãy xin bên gửi các gói nhỏ hơn",
    "its sender made it wrongly": "bên gửi đã tạo gói sai",
    "nothing of it can be used; show this line to those who run the site that sent it": (
        "không dùng được phần nào; hãy đưa dòng này cho người vận hành điểm đã gửi"
    ),
    "{site} is registered already, with another key": "{site} đã được đăng ký, với khóa khác",
    "its ticket is written there": "phiếu của điểm được ghi ở đó",
    "if the old keys are lost: `cadre site key {site} --request {file}`, then admit it again": (
        "nếu điểm có khóa mới vì đã mất khóa cũ: `cadre site key {site} --request {file}`, rồi nhận lại"
    ),
    "restore it from a backup: what was sealed to it opens with no other": (
        "hãy phục hồi từ bản sao lưu: những gì đã niêm phong cho nó không khóa nào khác mở được"
    ),
    "this site does not have the identity key of the tree": "điểm này chưa có khóa định danh của cây",
    "ask the site above for another ticket (`cadre site admit`), and join with it": (
        "hãy xin điểm cấp trên phiếu khác (`cadre site admit`) rồi vào cây bằng phiếu đó"
    ),
    "nothing can be sealed to the box key of {site}: {error}": (
        "không thể niêm phong gì cho khóa niêm phong của {site}: {error}"
    ),
    "{file} cannot be written: {reason}": "không ghi được {file}: {reason}",
    "make the folder first, or name another file": "hãy tạo thư mục trước, hoặc chọn tệp khác",
    "name a file in a folder that you may write to, on a disk with room": (
        "hãy chọn tệp trong thư mục được phép ghi, trên ổ đĩa còn chỗ"
    ),
    "{file} cannot be read: {reason}": "không đọc được {file}: {reason}",
    "name a file that is there and that you may read": "hãy chọn tệp có thật và được phép đọc",
    "{file} is no text in UTF-8": "{file} không phải văn bản UTF-8",
    "name the file as it was written": "hãy chọn đúng tệp đã được ghi ra",
    "make it with `cadre site heads` at the site that they are about": (
        "hãy tạo bằng `cadre site heads` ở điểm có nhật ký đó"
    ),
    "name the units with --unit, or say --nothing": "hãy nêu đơn vị bằng --unit, hoặc ghi --nothing",
    "{value} is no class of facts": "{value} không phải mức mật của sự kiện",
    "one of {classes}": "chọn một trong {classes}",
    "nothing is recorded here about the units {units}: until there is, nothing of them flows down": (
        "ở đây chưa ghi nhận gì về các đơn vị {units}: chừng nào chưa có thì không gửi gì về chúng"
    ),
    "if an id is misspelt, set the scope again": "nếu ghi sai mã, hãy đặt lại phạm vi",
    "--extend goes without --custodian and --rehome-children": (
        "--extend không đi cùng --custodian và --rehome-children"
    ),
    "it came late": "đến muộn",
    "the site is closed already": "điểm này đã đóng",
    "name the site that keeps its logs with --custodian": "hãy nêu điểm giữ nhật ký bằng --custodian",
    "{sites} stand below {site} still: they exchange facts with {parent} from now on": (
        "{sites} vẫn thuộc {site}: từ nay các điểm này trao đổi sự kiện với {parent}"
    ),
    "put them below another site with `cadre site rehome`": (
        "hãy chuyển chúng sang điểm khác bằng `cadre site rehome`"
    ),
    "{custodian} does not have the logs of {site} up to these entries: {entries}": (
        "{custodian} chưa có nhật ký của {site} đến các mục này: {entries}"
    ),
    "this site has exchanged nothing yet: whether {custodian} has the logs of {site} is not known here": (
        "điểm này chưa trao đổi gì: ở đây không biết {custodian} đã có nhật ký của {site} hay chưa"
    ),
    "keep the home of {site} until it has them": "hãy giữ thư mục sổ của {site} cho đến khi nơi đó có đủ",
    "let it have the last bundle of {site} first, or close it with --as-known": (
        "hãy chuyển gói cuối của {site} đến đó trước, hoặc đóng bằng --as-known"
    ),
    "--last and --as-known exclude each other": "chỉ được dùng một trong --last và --as-known",
    "how far the logs of {site} go is known here only as far as they have come": (
        "ở đây chỉ biết nhật ký của {site} đến chỗ đã nhận được"
    ),
    "run `cadre site heads --out FILE` there and close it with --last FILE, or say --as-known": (
        "hãy chạy `cadre site heads --out FILE` ở đó rồi đóng với --last FILE, hoặc ghi --as-known"
    ),
    "nothing of the logs of {site} is here: whatever comes of it is kept aside until the closing is extended": (
        "ở đây không có gì của nhật ký {site}: những gì đến sau được giữ riêng cho đến khi mở rộng việc đóng"
    ),
    "the key of this site is not the one that is registered": "khóa của điểm này không phải khóa đã đăng ký",
    "only a site above can replace that one: send it a new request (`cadre site init`)": (
        "chỉ điểm cấp trên thay được khóa đó: hãy gửi phiếu đề nghị mới (`cadre site init`)"
    ),
    "the new keys of {site} are in its request": "khóa mới của {site} nằm trong phiếu đề nghị của nó",
    "give it with --request FILE": "hãy đưa bằng --request FILE",
    "{file} is the request of {other}, not of {site}": "{file} là phiếu đề nghị của {other}, không phải của {site}",
    "{site} has that key already": "{site} đã có khóa đó",
    "it makes a new one after its signing.key was moved away": (
        "điểm đó tạo khóa mới sau khi chuyển tệp signing.key đi chỗ khác"
    ),
    "this site makes its new keys itself": "điểm này tự tạo khóa mới của mình",
    "leave --request out": "hãy bỏ --request",
    "national ids are hashed under a key of this site alone: who is on file at two sites is not found": (
        "số định danh được băm bằng khóa riêng của điểm này: không nhận ra người có hồ sơ ở hai điểm"
    ),
    "at the top of the tree run `cadre site identities`; elsewhere ask above for another ticket, and join": (
        "ở điểm đầu cây hãy chạy `cadre site identities`; ở điểm khác hãy xin điểm cấp trên phiếu khác rồi vào cây"
    ),
    "some persons on file have no hash under the key of the tree yet: the same person may be registered twice": (
        "một số người có hồ sơ chưa có mã băm bằng khóa của cây: một người có thể bị đăng ký hai lần"
    ),
    "run `cadre site identities`": "hãy chạy `cadre site identities`",
    "a key that was prepared is damaged: {error}": "một khóa đã chuẩn bị bị hỏng: {error}",
    "remove that file": "hãy xóa tệp đó",
    "the replacement of the keys of this site was cut short: the old key is still used": (
        "việc thay khóa của điểm này bị ngắt giữa chừng: khóa cũ vẫn được dùng"
    ),
    "nothing counts yet: a fork of the top of the tree is settled by two persons": (
        "chưa tính gì: chỗ rẽ nhánh của điểm đầu cây phải do hai người quyết định"
    ),
    "of the logs {topics} of {site} nothing counts until it has signed them with its new key": (
        "nhật ký {topics} của {site} chưa được tính gì cho đến khi điểm ấy ký lại bằng khóa mới"
    ),
    "say up to where they are believed with --trusted, as `cadre site heads` writes it there": (
        "nêu tin đến đâu bằng --trusted, theo tệp mà `cadre site heads` ghi ở điểm ấy"
    ),
    "a witness has cosigned another history of a log than the one that is here": (
        "nơi làm chứng đã ký cho một lịch sử khác với nhật ký ở đây"
    ),
    "the clock of this site was wrong and is right now; state it with: {command}": (
        "đồng hồ của điểm này đã sai và nay đã đúng; hãy ghi nhận bằng: {command}"
    ),
    "another person runs the same command": "một người khác hãy chạy cùng lệnh này",
    "no fork of {site} is known here at {topic} {epoch} {seq}": (
        "ở đây không biết chỗ rẽ nhánh nào của {site} tại {topic} {epoch} {seq}"
    ),
    "these are: {known}": "các chỗ đã biết: {known}",
    "{value} is no side of this fork": "{value} không phải nhánh nào của chỗ rẽ này",
    "say both, none, or one of these roots: {roots}": "hãy ghi both, none, hoặc một trong các gốc: {roots}",
    "say why with --reason: it is kept with the decision": (
        "hãy nêu lý do bằng --reason: lý do được lưu cùng quyết định"
    ),
    "nothing of {site} is waited for": "không chờ gì của {site}",
    "these sites are waited for: {filling}": "đang chờ các điểm: {filling}",
    "run `cadre site key` again: it ends that one and begins no other": (
        "hãy chạy lại `cadre site key`: lệnh hoàn tất lần thay đó, không bắt đầu lần khác"
    ),
}

VIETNAMESE = COMMANDS | OPTIONS | MESSAGES | ERRORS
