### Lời của thamvan bằng tiếng Việt. Thuật ngữ theo bảng thuật ngữ của sản phẩm; mỗi mã có một câu tương ứng trong en.ftl.

## Lỗi: khung chung

failure =
    { $message }
    Hướng xử lý: { $hint }

## Lỗi trên thiết bị này

error-usage = Chưa thực hiện được lệnh. { $detail }
hint-usage = Xem cách dùng bằng --help sau lệnh, ví dụ “thamvan channel found --help”.
error-no_home = Thư mục được nêu không có dữ liệu của thamvan (chi tiết kỹ thuật: { $detail }).
hint-no_home = Nêu đúng thư mục bằng --home hoặc biến THAMVAN_HOME (thư mục khóa gốc: --dir). Thiết bị chưa đăng ký thì chạy “thamvan enrol” với phiếu đăng ký thiết bị.
error-home_exists = Thư mục được nêu đã có dữ liệu của thamvan nên không bị ghi đè (chi tiết kỹ thuật: { $detail }).
hint-home_exists = Chọn một thư mục khác. Không xóa thư mục cũ khi còn cần đến: khóa trong đó không tạo lại được.
error-home_in_use = Một tiến trình khác đang dùng thư mục dữ liệu này nên lệnh không mở thư mục (chi tiết kỹ thuật: { $detail }).
hint-home_in_use = Đóng tiến trình thamvan đang chạy trên thư mục đó (ví dụ “read --follow” hoặc “enrol” đang chờ) rồi chạy lại lệnh.
error-wrong_passphrase = Mật khẩu mở khóa không đúng.
hint-wrong_passphrase = Nhập lại mật khẩu; kiểm tra bộ gõ tiếng Việt, phím Caps Lock và tệp nêu trong THAMVAN_PASSPHRASE_FILE. Mật khẩu không được lưu ở đâu nên không ai lấy lại được: nếu đã quên, đề nghị quản trị viên hệ thống thu hồi quyền thiết bị này và lập phiếu đăng ký mới.
error-store_damaged = Dữ liệu lưu trên thiết bị bị hỏng hoặc tự mâu thuẫn nên thamvan dừng lại (chi tiết kỹ thuật: { $detail }).
hint-store_damaged = Không sửa, không xóa và không chép bản cũ đè lên thư mục dữ liệu. Báo quản trị viên hệ thống; nếu phải đăng ký lại thiết bị thì dùng phiếu mới và thư mục mới.
error-store_failed = Không đọc hoặc không ghi được dữ liệu lưu trên thiết bị (chi tiết kỹ thuật: { $detail }).
hint-store_failed = Kiểm tra dung lượng đĩa trống và quyền truy cập thư mục dữ liệu rồi chạy lại lệnh; nếu lặp lại, báo quản trị viên hệ thống.
error-file_failed = Không đọc hoặc không ghi được tệp (chi tiết kỹ thuật: { $detail }).
hint-file_failed = Kiểm tra đường dẫn, quyền truy cập và dung lượng đĩa trống. Tệp đã có sẵn không bị ghi đè: hãy chọn tên khác.
error-no_randomness = Hệ điều hành không cấp được số ngẫu nhiên an toàn nên không khóa nào được tạo.
hint-no_randomness = Không dùng thiết bị này cho tới khi bộ phận kỹ thuật kiểm tra hệ điều hành; sau đó chạy lại lệnh.
error-ticket_invalid = Phiếu đăng ký thiết bị không hợp lệ (chi tiết kỹ thuật: { $detail }).
hint-ticket_invalid = Kiểm tra đường dẫn tệp phiếu, hoặc dán trọn nội dung phiếu bắt đầu bằng “thamvan-ticket:”. Nếu phiếu bị hỏng, đề nghị quản trị viên hệ thống lập phiếu mới.
error-not_enrolled = Thiết bị này chưa hoàn tất đăng ký nên chưa dùng được lệnh này.
hint-not_enrolled = Đọc mã xác minh cho hai người xác nhận thiết bị, rồi chạy lại “thamvan enrol” với cùng phiếu đăng ký thiết bị.
error-unknown = Không tìm thấy đối tượng được nêu trong lệnh (chi tiết kỹ thuật: { $detail }).
hint-unknown = Tra lại tên hoặc mã: “thamvan channels” (kênh), “thamvan channel show” (cơ quan, thành viên của kênh), “thamvan consult list” (cuộc tham vấn), “thamvan admin device list” (thiết bị chờ xác nhận), “thamvan admin proposal list” (đề nghị chờ xác nhận). Mã viết tắt cần ít nhất 6 ký tự đầu.
error-ambiguous = Tên hoặc phần đầu của mã khớp với nhiều đối tượng nên lệnh không chọn thay người dùng (chi tiết kỹ thuật: { $detail }).
hint-ambiguous = Ghi thêm ký tự của mã, hoặc ghi mã đầy đủ.
error-not_allowed = Thiết bị này từ chối trước khi gửi vì việc được yêu cầu trái một quy tắc của hệ thống (chi tiết kỹ thuật: { $detail }).
hint-not_allowed = Đọc quy tắc nêu trong phần chi tiết, sửa yêu cầu cho phù hợp rồi chạy lại lệnh. Yêu cầu này chưa được gửi lên máy chủ.
error-code_mismatch = Mã xác minh không khớp với mã tính được tại đây, nên thiết bị đó không được xác nhận.
hint-code_mismatch = Đối chiếu trực tiếp từng nhóm ký tự với chủ thiết bị. Nếu vẫn không khớp: dừng lại, không xác nhận, và báo ngay người kiểm tra vì có thể thiết bị đã bị thay thế trên đường truyền.

## Từ chối trên thiết bị này, theo quy tắc

error-channel_order = Chưa đến bước này: kênh phải qua đủ các bước lập hồ sơ thành lập, phê duyệt hồ sơ, thiết lập kỹ thuật, rồi mới khởi động (quy tắc R5.6-3, khoản 6 Điều 5).
hint-channel_order = Xem kênh đang ở bước nào bằng “thamvan channel show”, rồi đề nghị người có trách nhiệm làm bước còn thiếu. Việc khởi động cần thiết bị đã mở được tên kênh, thường là thiết bị của người lập hồ sơ.
error-channel_broken = Thiết bị này không theo được thay đổi mới nhất về thành viên của kênh, nên không gửi được tin nhắn vào kênh.
hint-channel_broken = Chạy “thamvan read” với kênh này: thiết bị tự vào lại nhóm khi đọc được bản mới nhất. Nếu vẫn không gửi được, báo người kiểm tra và cơ quan thành lập kênh.
error-name_not_sealed = Thiết bị này không mở được tên và mục đích của kênh, nên không bắt đầu được kênh: chỉ người lập hồ sơ thành lập, người phê duyệt và quản trị viên có thiết bị từ lúc lập hồ sơ mới mở được.
hint-name_not_sealed = Bắt đầu kênh từ thiết bị của người lập hồ sơ thành lập.
error-channel_closed = Kênh đã đóng nên không nhận thêm tin nhắn; nội dung đã có vẫn đọc được.
hint-channel_closed = Nếu còn việc cần tham vấn, đề nghị cơ quan có thẩm quyền lập kênh khác.
error-proposals_changed = Danh sách đề nghị đã khác với danh sách mà mã này nêu, nên không đề nghị nào được xác nhận.
hint-proposals_changed = Xem lại danh sách bằng “thamvan admin proposal list” rồi dùng mã ở cuối danh sách mới.
error-device_code = Thiết bị chỉ được xác nhận sau khi đối chiếu mã xác minh với chủ thiết bị.
hint-device_code = Dùng “thamvan admin device approve” với mã mà chủ thiết bị đọc.
error-passphrase = Mật khẩu mở khóa của các khóa gốc không được để trống.
hint-passphrase = Đặt một mật khẩu mở khóa đủ dài rồi làm lại.
error-channel_not_started = Kênh chưa khởi động nên chưa có khóa để mã hóa tin nhắn.
hint-channel_not_started = Đề nghị cơ quan thành lập kênh chạy “thamvan channel start”, rồi gửi lại.
error-update_rests = Một thiết bị khác vừa đổi khóa của mình trong kênh, nên thiết bị này phải chờ nửa phút trước khi đổi khóa và gửi tin đầu tiên.
hint-update_rests = Tin nhắn vẫn nằm trong hàng chờ gửi; chờ nửa phút rồi chạy “thamvan read” với kênh này.
error-recipients_changed = Một cơ quan đã vào kênh sau khi tin nhắn này được soạn, nên tin không được tự gửi tới cơ quan đó.
hint-recipients_changed = Xem danh sách cơ quan bằng “thamvan channel show --json”; nếu nội dung vẫn phù hợp với mọi cơ quan nhận, soạn và gửi lại.
error-text_length = Tin nhắn để trống hoặc quá dài: nội dung phải có từ 1 đến 131.072 byte (chi tiết kỹ thuật: { $detail }).
hint-text_length = Rút ngắn nội dung hoặc chia thành nhiều tin nhắn.
error-threshold = Số chữ ký cần có phải từ 1 đến tổng số khóa gốc.
hint-threshold = Sửa --threshold hoặc --keys, ví dụ 2 trên 3, rồi chạy lại lệnh.
error-policy = Tệp chính sách nhật ký không hợp lệ (chi tiết kỹ thuật: { $detail }).
hint-policy = Dùng tệp tlog-policy do máy chủ lập, giữ nguyên từng dòng, rồi chạy lại lệnh.
error-ca = Tệp chứng thư của tổ chức phát hành không hợp lệ (chi tiết kỹ thuật: { $detail }).
hint-ca = Nêu bằng --ca một tệp PEM có chứng thư của tổ chức phát hành chứng thư cho máy chủ.
error-request = Tệp yêu cầu đăng ký không mang chữ ký của khóa trong chính yêu cầu đó, nên không được xác nhận.
hint-request = Lấy lại tệp enrolment.request từ thư mục dữ liệu của thiết bị, giao nhận trực tiếp. Nếu vẫn bị từ chối, báo người kiểm tra.

## Kết nối, giao thức và phát hiện khi kiểm tra

error-unreachable = Không kết nối được với máy chủ (chi tiết kỹ thuật: { $detail }).
hint-unreachable = Kiểm tra mạng rồi chạy lại lệnh. Tin nhắn đã vào hàng chờ gửi vẫn được giữ trên thiết bị và đi trước tin kế tiếp của kênh: xem “thamvan status” trước khi soạn lại. Nếu chi tiết nói đến chứng thư (certificate), không bỏ qua mà báo quản trị viên hệ thống.
error-protocol = Dữ liệu nhận được không đúng giao thức thamvan.v1 nên không được sử dụng (chi tiết kỹ thuật: { $detail }).
hint-protocol = Nếu dữ liệu lấy từ tệp, kiểm tra đã nêu đúng tệp. Nếu từ máy chủ, cập nhật thamvan rồi thử lại; còn lặp lại thì giữ nguyên thư mục dữ liệu và báo quản trị viên hệ thống cùng người kiểm tra.
error-finding = Phát hiện sai lệch: nhật ký hoặc máy chủ mâu thuẫn với chính nó hay với những gì thiết bị này đã xác minh, nên dữ liệu đó không được chấp nhận (chi tiết kỹ thuật: { $detail }).
hint-finding = Đây là chứng cứ, không phải lỗi thao tác. Giữ nguyên thư mục dữ liệu (không xóa, không đăng ký lại thiết bị), ghi lại thời điểm và báo ngay người kiểm tra qua điện thoại hoặc gặp trực tiếp; tạm ngừng dùng kênh cho tới khi làm rõ.
error-mls = Phần mã hóa đầu cuối (MLS) không xử lý được dữ liệu của kênh, hoặc dữ liệu đó không khớp với nhật ký có ký xác thực (chi tiết kỹ thuật: { $detail }).
hint-mls = Chạy lại lệnh một lần. Nếu lặp lại, giữ nguyên thư mục dữ liệu và báo quản trị viên hệ thống cùng người kiểm tra.

## Máy chủ từ chối

error-malformed = Máy chủ từ chối vì dữ liệu gửi lên không đúng định dạng của giao thức (chi tiết kỹ thuật: { $detail }).
hint-malformed = Cập nhật thamvan lên phiên bản đang dùng tại máy chủ rồi thử lại; nếu lặp lại, báo quản trị viên hệ thống kèm phần chi tiết.
error-too_large = Máy chủ từ chối vì dữ liệu gửi lên vượt giới hạn kích thước hoặc số lượng (chi tiết kỹ thuật: { $detail }).
hint-too_large = Rút ngắn hoặc chia nhỏ nội dung rồi gửi lại.
error-not_logged_in = Máy chủ từ chối vì thiết bị chưa đăng nhập trên kết nối này.
hint-not_logged_in = Chạy lại lệnh; nếu thiết bị chưa đăng ký xong, chạy “thamvan enrol” với phiếu đăng ký thiết bị.
error-unknown_device = Máy chủ từ chối vì thiết bị này không có trong danh bạ còn hiệu lực: chưa đăng ký xong, hoặc đã bị thu hồi quyền thiết bị.
hint-unknown_device = Nếu đang đăng ký, chờ hai người xác nhận rồi chạy lại “thamvan enrol”. Nếu không, hỏi quản trị viên hệ thống của cơ quan; khi được dùng lại cần phiếu đăng ký mới.
error-login_mismatch = Máy chủ từ chối đăng nhập vì thông tin đăng nhập thuộc về một kết nối, máy chủ hoặc nhật ký khác (chi tiết kỹ thuật: { $detail }).
hint-login_mismatch = Chạy lại lệnh. Nếu lặp lại, không bỏ qua: có thể có máy trung gian trên đường truyền hoặc máy chủ không đúng; báo quản trị viên hệ thống và người kiểm tra.
error-version = Phiên bản giao thức của máy chủ và của thamvan trên thiết bị này không dùng được với nhau (chi tiết kỹ thuật: { $detail }).
hint-version = Xem phiên bản bằng “thamvan --version”. Nếu máy chủ yêu cầu phiên bản mới hơn, cài bản mới do quản trị viên hệ thống cung cấp; nếu máy chủ cũ hơn, đề nghị quản trị viên hệ thống nâng cấp máy chủ.
error-rate_limited = Máy chủ từ chối vì có quá nhiều yêu cầu trong thời gian ngắn hoặc quá nhiều thiết bị chờ đăng ký (chi tiết kỹ thuật: { $detail }).
hint-rate_limited = Chờ vài phút rồi chạy lại lệnh; nếu đang đăng ký thiết bị, đề nghị quản trị viên hệ thống xem các thiết bị đang chờ.
error-not_found = Máy chủ không có dữ liệu được yêu cầu, hoặc dữ liệu không còn ở đó (chi tiết kỹ thuật: { $detail }).
hint-not_found = Chạy lại lệnh để đọc dữ liệu mới nhất; nếu dữ liệu đáng lẽ phải có, báo người kiểm tra.
error-not_permitted = Máy chủ từ chối vì người ký không có quyền làm việc này (chi tiết kỹ thuật: { $detail }).
hint-not_permitted = Đề nghị người có vai trò phù hợp thực hiện. Riêng việc thành lập kênh chỉ thuộc Cơ quan điều phối quốc gia về ASEAN, cơ quan chủ trì trụ cột Cộng đồng và cơ quan chủ trì lĩnh vực liên ngành, liên trụ cột, trong phạm vi chủ trì (khoản 6 Điều 5 Quy chế ban hành kèm theo Quyết định số 47/2025/QĐ-TTg; quy tắc R5.6-1, R5.6-2).
error-bad_signature = Máy chủ từ chối vì chữ ký kỹ thuật của hệ thống trên dữ liệu gửi lên không hợp lệ (chi tiết kỹ thuật: { $detail }).
hint-bad_signature = Chạy lại lệnh một lần. Nếu lặp lại, giữ nguyên thư mục dữ liệu, ngừng dùng thiết bị và báo quản trị viên hệ thống.
error-bad_payload = Máy chủ từ chối vì nội dung gửi lên không khớp với giá trị băm đã ký (chi tiết kỹ thuật: { $detail }).
hint-bad_payload = Chạy lại lệnh một lần. Nếu lặp lại, giữ nguyên thư mục dữ liệu và báo quản trị viên hệ thống.
error-bad_chain = Máy chủ từ chối vì mục gửi lên không nối tiếp các mục trước của thiết bị này trong nhật ký (chi tiết kỹ thuật: { $detail }).
hint-bad_chain = Chạy lại lệnh để đọc phần mới nhất. Nếu lặp lại và thư mục dữ liệu từng được chép hoặc khôi phục từ bản cũ: ngừng dùng bản đó, đề nghị quản trị viên hệ thống thu hồi quyền thiết bị và lập phiếu đăng ký mới.
error-bad_commit = Máy chủ từ chối vì bản thay đổi khóa của kênh bị hỏng hoặc không khớp với nội dung đã ký (chi tiết kỹ thuật: { $detail }).
hint-bad_commit = Chạy lại lệnh. Nếu vẫn bị từ chối, hãy báo cho cơ quan chủ trì kênh: thiết bị này có thể bị hỏng.
error-stale_epoch = Máy chủ từ chối vì thành viên hoặc khóa của kênh vừa thay đổi trước khi mục này tới nơi (chi tiết kỹ thuật: { $detail }).
hint-stale_epoch = Chạy lại lệnh: thiết bị đọc thay đổi rồi mã hóa lại. Tin nhắn còn trong hàng chờ gửi đi trước tin kế tiếp của kênh, nên hãy xem “thamvan read” trước khi soạn lại.
error-label = Bị từ chối theo quy tắc S9: nhãn của nội dung không được cao hơn mức của kênh, và mức của kênh không được cao hơn mức bảo mật tối đa của hệ thống, mặc định là không chứa bí mật nhà nước. Xác định bí mật nhà nước đối với thông tin không thuộc danh mục bí mật nhà nước là hành vi bị nghiêm cấm (khoản 1 Điều 5 Luật 117/2025/QH15). Chi tiết kỹ thuật: { $detail }.
hint-label = Dùng nhãn public (Công khai), internal (Nội bộ) hoặc restricted (Hạn chế), không cao hơn mức của kênh. Thông tin thuộc danh mục bí mật nhà nước: không nhập vào hệ thống này; xử lý theo pháp luật về bảo vệ bí mật nhà nước.
error-two_persons = Bị từ chối theo quy tắc hai người: người đề nghị và người xác nhận phải là hai người khác nhau; với kênh, người lập hồ sơ thành lập, người phê duyệt hồ sơ và quản trị viên thiết lập kỹ thuật phải là ba người khác nhau (quy tắc R5.6-3). Chi tiết kỹ thuật: { $detail }.
hint-two_persons = Để người khác có vai trò phù hợp làm bước này bằng thiết bị của chính họ; xem việc đang chờ bằng “thamvan admin proposal list” hoặc “thamvan channels”.
error-void = Máy chủ từ chối vì việc này không phù hợp với trạng thái hiện tại: đã làm rồi, đã hết hạn, chưa đến bước, hoặc đối tượng không tồn tại (chi tiết kỹ thuật: { $detail }).
hint-void = Xem trạng thái mới nhất (“thamvan channel show”, “thamvan admin proposal list”, “thamvan admin agency list”) rồi làm bước phù hợp.
error-unknown_type = Bị từ chối vì có loại mục hoặc phiên bản quy tắc chưa biết; kênh hoặc danh bạ chỉ đọc được cho tới khi nâng cấp (chi tiết kỹ thuật: { $detail }).
hint-unknown_type = Cài phiên bản thamvan mới do quản trị viên hệ thống cung cấp; không có dữ liệu nào bị bỏ qua.
error-ticket = Máy chủ từ chối phiếu đăng ký thiết bị: phiếu không có, đã dùng, đã hết hạn, hoặc mã một lần không đúng.
hint-ticket = Đề nghị quản trị viên hệ thống lập phiếu mới (“thamvan admin device ticket”); mỗi phiếu dùng cho một thiết bị. Nếu bản thân chưa dùng phiếu này, báo ngay vì phiếu có thể đã lọt vào tay người khác.
error-no_key_package = Thiết bị cần thêm vào kênh không còn gói khóa trên máy chủ.
hint-no_key_package = Đề nghị chủ thiết bị đó chạy lại “thamvan enrol” với phiếu cũ để gửi gói khóa mới, rồi thêm lại vào kênh.
error-made_time = Máy chủ từ chối vì giờ của thiết bị lệch quá 10 phút so với giờ của nhật ký (chi tiết kỹ thuật: { $detail }).
hint-made_time = Chỉnh đồng hồ của thiết bị cho đúng (giờ Hà Nội, UTC+7; nên đồng bộ tự động) rồi chạy lại lệnh.
error-stopping = Máy chủ đang dừng nên không nhận thêm yêu cầu.
hint-stopping = Chờ máy chủ hoạt động trở lại rồi chạy lại lệnh; xem “thamvan read” trước khi gửi lại tin nhắn.
error-storage_full = Ổ đĩa của máy chủ gần đầy: máy chủ không nhận thêm gì, nhưng vẫn đọc được.
hint-storage_full = Đề nghị người vận hành máy chủ giải phóng dung lượng, rồi chạy lại lệnh.

## Bên làm chứng cho nhật ký

error-witness_in_use = Một tiến trình khác đang chạy bên làm chứng trên thư mục này (chi tiết kỹ thuật: { $detail }).
hint-witness_in_use = Dừng tiến trình đó trước; mỗi thư mục chỉ do một tiến trình phục vụ.
error-witness_state = Bên làm chứng dừng lại vì khóa hoặc trạng thái nhật ký trong thư mục bị thiếu, hỏng hoặc không ghi bền được (chi tiết kỹ thuật: { $detail }).
hint-witness_state = Không sửa, không xóa và không chép bản cũ đè lên thư mục. Kiểm tra đĩa; nếu trạng thái đã mất thì ngừng hẳn bên làm chứng này, lập bên làm chứng mới và báo người kiểm tra.
error-witness_config = Bên làm chứng không nhận cấu hình này (chi tiết kỹ thuật: { $detail }).
hint-witness_config = Kiểm tra --name, --log, --listen và tệp cấu hình; “thamvan witness init” cần một thư mục trống.
error-witness_io = Bên làm chứng không dùng được tệp, cổng mạng hoặc nguồn số ngẫu nhiên (chi tiết kỹ thuật: { $detail }).
hint-witness_io = Kiểm tra quyền truy cập thư mục, dung lượng đĩa và cổng mạng rồi chạy lại lệnh.

## Cách dùng sai

usage-unknown = Không có tham số “{ $argument }” ở lệnh này.
usage-unknown-command = Không có lệnh “{ $command }”.
usage-missing = Còn thiếu: { $arguments }.
usage-missing-command = Còn thiếu lệnh con.
usage-conflict = Không dùng “{ $argument }” cùng với “{ $other }”.
usage-value = Giá trị “{ $value }” của “{ $argument }” không dùng được.
usage-no-value = “{ $argument }” cần đúng số giá trị của nó.
usage-valid = Các giá trị dùng được: { $values }.
usage-near = Có phải ý bạn là “{ $near }”?
usage-other = Dòng lệnh không đúng.
usage-home = Không xác định được thư mục cá nhân; hãy nêu thư mục dữ liệu bằng --home hoặc biến THAMVAN_HOME.
usage-passphrase = Không có cửa sổ dòng lệnh để hỏi mật khẩu mở khóa; hãy nêu trong biến THAMVAN_PASSPHRASE_FILE một tệp chứa mật khẩu mà chỉ chủ tệp đọc được.
usage-passphrase-empty = Mật khẩu mở khóa không được để trống.
usage-other-ticket = Thư mục dữ liệu này thuộc một phiếu đăng ký thiết bị khác; mỗi phiếu cần một thư mục riêng (--home).
usage-identifier = Giá trị “{ $given }” không hợp lệ ở đây. Dạng đúng, ví dụ: mofa (cơ quan), lan@mofa (cán bộ), mofa/main (đầu mối), internal (nhãn).
usage-scope = Phạm vi “{ $given }” không hợp lệ; dùng acc, hoặc LOẠI:MÃ với loại là pillar, cross_sector, cross_pillar hay designated, ví dụ pillar:aec.
usage-agency = Cơ quan “{ $given }” không đúng dạng MÃ;LOẠI;TÊN TIẾNG VIỆT;TÊN TIẾNG ANH[;PHẠM VI CHỦ TRÌ,…], ví dụ “moit;bo;Bộ Công Thương;Ministry of Industry and Trade;pillar:aec”.
usage-policy = Tệp chính sách nhật ký không đọc được (chi tiết kỹ thuật: { $detail }).
usage-moment = “{ $given }” không phải là ngày hoặc thời điểm hợp lệ; ghi dạng 2026-11-30 (ngày, giờ Hà Nội) hoặc 2026-11-30T08:00:00+07:00.
usage-field-one-agency = Một lĩnh vực liên ngành hoặc liên trụ cột có ít nhất hai cơ quan tham gia (khoản 2 Điều 2, quy tắc R2.2).
usage-damaged = Tệp “{ $given }” bị hỏng hoặc không phải loại tệp cần ở đây.
prompt-passphrase = Mật khẩu mở khóa:{ " " }

## Đăng ký thiết bị và trạng thái

enrol-waiting =
    Mã xác minh: { $code }
    Đọc mã này, trực tiếp hoặc qua điện thoại, cho hai người xác nhận thiết bị (quản trị viên hệ thống và người phê duyệt).
    Đang chờ xác nhận; có thể dừng lại và chạy lại lệnh này sau.
enrol-active = Đã hoàn tất đăng ký thiết bị { $device }.
enrol-pending =
    Thiết bị { $device } đang chờ hai người xác nhận.
    Mã xác minh: { $code }
    Sau khi được xác nhận, chạy lại lệnh này với cùng phiếu đăng ký thiết bị.
status-active =
    Cán bộ: { $official }
    Thiết bị: { $device } (đã đăng ký)
    Máy chủ: { $server }
    Nhật ký: { $origin }, số mục đã xác minh: { $size }
    Giá trị gốc của nhật ký: { $root }
    Làm chứng: { $witnesses }
    Số kênh: { $channels }
    Số mục chưa ghi nhật ký: { $queued }
status-restored = Thư mục dữ liệu này từng được khôi phục từ bản cũ hoặc bị sao chép: thiết bị đã bỏ các khóa nhóm cũ và tự vào lại các kênh. Nếu không phải do bạn khôi phục, báo ngay quản trị viên hệ thống.
status-joined = Mới vào kênh { $channel } từ lần đọc trước: { $time }: thiết bị { $device } của { $official }; xác nhận đăng ký: { $signers }
status-pending =
    Cán bộ: { $official }
    Thiết bị: { $device } (chưa hoàn tất đăng ký)
    Máy chủ: { $server }
    Nhật ký: { $origin }, số mục đã xác minh: { $size }
    Giá trị gốc của nhật ký: { $root }
    Làm chứng: { $witnesses }
    Số kênh: { $channels }
    Số mục chưa ghi nhật ký: { $queued }

## Bên làm chứng, nhìn từ thiết bị

witnesses-ok = đủ số bên làm chứng đã xác nhận tới mục { $size } lúc { $time } ({ $names })
witnesses-none = không có ai: chính sách của nhật ký này không nêu bên làm chứng nào, nên chỉ riêng máy chủ bảo đảm rằng mọi người thấy cùng một nhật ký
witnesses-unknown = chưa rõ: thiết bị này chưa đọc chính sách của nhật ký
witnesses-missing = thiếu xác nhận: các mục mới hơn chưa được đủ số bên làm chứng xác nhận. Đã xác nhận tới mục { $size } lúc { $time } ({ $names })
witnesses-old = xác nhận đã quá cũ: tới mục { $size } lúc { $time } ({ $names })
witnesses-never = –
witnesses-conflict = Thời gian của mục { $index } trong nhật ký mâu thuẫn với thời gian các bên làm chứng đã xác nhận nhật ký.
warning-witnesses-missing = Cảnh báo: các mục mới nhất của nhật ký chưa được đủ số bên làm chứng xác nhận. Việc đọc và gửi vẫn tiếp tục nhưng thiếu bằng chứng độc lập; xem “thamvan status” và báo người kiểm tra nếu tình trạng kéo dài.
warning-witnesses-old = Cảnh báo: lần xác nhận gần nhất của đủ số bên làm chứng đã quá 10 phút (hoặc mang thời gian chưa tới). Máy chủ có thể đang trình bày trạng thái cũ của nhật ký; xem “thamvan status”, kiểm tra đồng hồ của thiết bị và báo người kiểm tra nếu tình trạng kéo dài.
warning-witnesses-conflict = Cảnh báo: thời gian của một mục trong nhật ký mâu thuẫn với thời gian các bên làm chứng đã xác nhận nhật ký (mục { $index }). Hãy báo người kiểm tra.

## Nhãn và độ mật

label-public = Công khai
label-internal = Nội bộ
label-restricted = Hạn chế
label-mat = Mật
label-toi_mat = Tối mật
label-tuyet_mat = Tuyệt mật

## Kênh và tin nhắn

channels-none = Thiết bị này chưa thấy kênh nào.
channel = { $id }  { $name }  [{ $label }]  { $state }; thành viên: { $members }, thiết bị: { $devices }
channel-unnamed = (thiết bị này chưa đọc được tên kênh)
channel-state-founded = chờ phê duyệt hồ sơ thành lập
channel-state-approved = chờ thiết lập kỹ thuật
channel-state-open = chờ khởi động
channel-state-started = đang hoạt động
channel-state-closed = đã đóng
channel-left = Bạn đã rời kênh: thiết bị này không nhận thêm gì, nội dung đã có vẫn đọc được.
channel-closed = Đã đóng kênh: không nhận thêm nội dung, nội dung đã có vẫn đọc được.
channel-unfounded = Chưa có hồ sơ thành lập
branch-acc = Hội đồng Điều phối ASEAN
branch-apsc = Cộng đồng Chính trị - An ninh ASEAN
branch-aec = Cộng đồng Kinh tế ASEAN
branch-ascc = Cộng đồng Văn hóa - Xã hội ASEAN
branch-cross_sector = Lĩnh vực liên ngành
branch-cross_pillar = Lĩnh vực liên trụ cột
branch-designated = Lĩnh vực do Quy chế quy định
channel-branch = Nội dung: { $name }
channel-purpose = Mục đích: { $purpose }
channel-founder = Người lập hồ sơ thành lập: { $official }
channel-approver = Người phê duyệt: { $official }
channel-provisioner = Người thiết lập kỹ thuật: { $official }
channel-closer = Người đóng kênh: { $official }
channel-barred = Bị đưa ra: thiết bị { $device } của { $official } đã lập một thay đổi khóa mà { $agencies } không thể áp dụng. Kênh tiếp tục trong nhóm mới, không có thiết bị này; cơ quan thành lập kênh cho vào lại bằng cách đưa { $official } ra khỏi kênh rồi kết nạp lại.
channel-doubted = Có nghi vấn: thiết bị { $device } của { $official } đã lập một thay đổi khóa mà { $agencies } không thể áp dụng; các cơ quan khác chưa báo như vậy.
channel-void = Mục { $seq } vô hiệu, không có tác dụng: { $why }
channel-member = Thành viên { $official }
channel-device =     thiết bị { $device } { $name }; xác nhận đăng ký: { $signers }
channel-device-outside =     thiết bị { $device } { $name }: chưa vào kênh; xác nhận đăng ký: { $signers }
device-joined = { $time }: thiết bị { $device } của { $official } vào kênh; xác nhận đăng ký: { $signers }
signed-by-root = khóa gốc
signed-by-two = { $first } và { $second }
explain-yes = { $official } đọc được nội dung của kênh.
explain-no = { $official } không đọc được nội dung của kênh, vì:
explain-records = Người này được xem bản ghi của kênh (không có khóa để đọc nội dung).
explain-grounds = Căn cứ trong nhật ký:
obstacle-unknown_official = danh bạ không có cán bộ này
obstacle-not_founded = kênh chưa có hồ sơ thành lập
obstacle-not_approved = hồ sơ thành lập kênh chưa được phê duyệt
obstacle-not_provisioned = kênh chưa được thiết lập kỹ thuật
obstacle-not_started = kênh chưa khởi động
obstacle-not_a_member = chưa từng là thành viên của kênh
obstacle-member_removed = đã được đưa ra khỏi kênh
obstacle-member_left = đã tự rời kênh
obstacle-not_authorised = chưa được phép tiếp cận mức của kênh, hoặc giấy phép đã hết hạn (quy tắc S10)
obstacle-no_device = chưa có thiết bị nào được đăng ký
obstacle-devices_revoked = mọi thiết bị đã bị thu hồi quyền
obstacle-not_in_group = thiết bị chưa vào kênh (chờ một thành viên đưa vào)
obstacle-device_barred = thành viên khác không thể áp dụng thay đổi khóa do thiết bị này lập; thiết bị ở ngoài kênh cho đến khi cơ quan thành lập kênh đưa chủ thiết bị ra và kết nạp lại
ground = { $time }  { $what } { $about }  ký: { $signers }  [{ $entry }  { $record }] { $term }
term-until = (đến { $time })
term-ended = (đã hết hạn từ { $time })
ground-official = Cán bộ được ghi vào danh bạ
ground-seat_appointed = Được cử vào đầu mối
ground-role_granted = Được giao vai trò
ground-role_revoked = Bị thu hồi vai trò
ground-device_enrolled = Đăng ký thiết bị
ground-device_revoked = Thu hồi quyền thiết bị
ground-registered = Kênh được ghi vào danh bạ
ground-founded = Lập hồ sơ thành lập kênh cho cơ quan
ground-founding_approved = Phê duyệt hồ sơ thành lập
ground-provisioned = Thiết lập kỹ thuật kênh
ground-member_added = Thêm thành viên
ground-member_removed = Đưa thành viên ra khỏi kênh
ground-member_left = Rời kênh
ground-authorised = Được phép tiếp cận, đến mức
ground-authorisation_ended = Chấm dứt việc được phép tiếp cận
ground-group_started = Khởi động kênh
ground-device_added = Đưa thiết bị vào kênh
ground-device_removed = Đưa thiết bị ra khỏi kênh
ground-commit_rejected = Thay đổi khóa do thiết bị lập không thể áp dụng
ground-group_succeeded = Bắt đầu nhóm kế tiếp
ground-closed = Đóng kênh
channel-founded = Đã ghi hồ sơ thành lập kênh vào nhật ký; bước tiếp theo: một người khác phê duyệt hồ sơ.
channel-approved = Đã ghi việc phê duyệt hồ sơ thành lập vào nhật ký; bước tiếp theo: quản trị viên hệ thống thiết lập kỹ thuật.
channel-provisioned = Đã ghi việc thiết lập kỹ thuật vào nhật ký; bước tiếp theo: cơ quan thành lập kênh khởi động kênh.
channel-started = Kênh đã khởi động, có mã hóa đầu cuối.
channel-added = Đã thêm thành viên vào kênh.
channel-removed = Đã đưa thành viên ra khỏi kênh.
channel-shown = Thông tin kênh:
item = { $time }  [{ $label }]{ $mark }  { $official }: { $text }
item-witnessed = {"  "}✓đã làm chứng
item-queued = chưa ghi nhật ký
item-refused = (bị từ chối, nội dung không hiển thị)
item-refused-own = (bị từ chối, chưa gửi) { $text }
item-unreadable = (thiết bị này không có khóa để đọc nội dung)
send-logged = Tin nhắn đã được ghi vào nhật ký: { $entry }

## Quản trị

authority-founded =
    Đã tạo khóa gốc và bản ghi khởi tạo của nhật ký.
    Giá trị băm của bản ghi khởi tạo: { $genesis }
    Thông báo giá trị này cho các cơ quan qua đường văn bản để đối chiếu; giao tận tay từng phiếu đăng ký trong thư mục tickets.
authority-device = Đã xác nhận thiết bị bằng khóa gốc. Giao tệp { $file } cho chủ thiết bị để chạy “thamvan enrol” với --root.
stated = Đã ghi vào nhật ký.
stated-proposed = Đã ghi đề nghị { $proposal } vào nhật ký; đề nghị chỉ có hiệu lực khi một người khác xác nhận bằng “thamvan admin proposal approve { $proposal }”.
proposals-all = Để xác nhận cả { $count } đề nghị mà bản thân được xác nhận trong danh sách này, sau khi đã đọc từng dòng: thamvan admin proposal approve --all { $code }
proposals-approved = Đã xác nhận { $count } đề nghị.
subject-speaks = được thay mặt cơ quan
seat-role-primary = đầu mối chính
seat-role-deputy = đầu mối phó
seat-role-acting = tạm thời phụ trách
role-national_administrator = quản trị viên hệ thống
role-agency_administrator = quản trị viên của cơ quan
role-approver = người phê duyệt
role-auditor = người kiểm tra
role-records_custodian = người giữ sổ đăng ký
role-witness = bên làm chứng
import-agency = Cơ quan
import-field = Lĩnh vực
import-official = Cán bộ
import-seat = Đầu mối
import-appointment = Cử người
import-channel = Kênh
import-act-state = ghi vào danh bạ
import-act-propose = đề nghị (cần người thứ hai)
import-act-approve = xác nhận hoặc phê duyệt với tư cách người thứ hai
import-act-found = lập hồ sơ thành lập kênh
import-act-provision = thiết lập kỹ thuật
import-act-add = thêm thành viên
import-act-start = thêm thành viên và khởi động kênh
import-waits-administrator = chờ quản trị viên hệ thống
import-waits-approver = chờ người phê duyệt
import-waits-founder = chờ cơ quan thành lập kênh
import-refused = không lập được: cơ quan này không thuộc diện được lập kênh về nội dung đó (khoản 6 Điều 5)
import-stays = khác danh sách; giữ nguyên như đang có trong nhật ký
import-confirm = [cần xác nhận; độ tin cậy của nguồn: { $level }]
import-historic = – Cơ quan { $agency }: đã kết thúc hoạt động { $dissolved }, không nhập
import-mechanism = ? Cơ chế { $abbr } – { $name } [Theo Quyết định 142/2009 – cần xác nhận]
import-planned = Chạy thử, chưa ghi gì. Mới: { $new }; khác: { $differs }; đang thực hiện: { $begun }; giữ nguyên: { $stands }; chờ người khác: { $waits }.
import-done = Đã ghi { $logged } mục vào nhật ký. Mới: { $new }; khác: { $differs }; đang thực hiện: { $begun }; giữ nguyên: { $stands }; chờ người khác: { $waits }.
import-stopped = Đã ghi { $count } mục rồi dừng; chạy lại cùng lệnh thì làm tiếp từ chỗ đã dừng.
usage-list-too-long = Danh sách { $file } quá lớn: tối đa 4 MiB một tệp và 10.000 dòng một lần.
usage-list-unknown = Không nhận ra danh sách { $file }: cần tệp asean-directory.json hoặc bảng CSV (UTF-8) có dòng tiêu đề; đọc được: { $given }
usage-list-column = { $file }, dòng { $line }: không có cột “{ $given }” trong loại bảng này.
usage-list-missing = { $file }, dòng { $line }: thiếu “{ $given }”.
usage-list-value = { $file }, dòng { $line }: giá trị không hợp lệ: { $given }
usage-list-twice = “{ $given }” xuất hiện hai lần trong danh sách.
usage-list-historic = “{ $given }” thuộc cơ quan đã kết thúc hoạt động: không đăng ký được.
statement-1 = Cơ quan
statement-2 = Cán bộ
statement-3 = Đầu mối
statement-4 = Cử người vào đầu mối
statement-5 = Giao vai trò
statement-6 = Thu hồi vai trò
statement-7 = Phiếu đăng ký thiết bị
statement-8 = Đăng ký thiết bị
statement-9 = Thu hồi quyền thiết bị
statement-11 = Văn bản chấp thuận nâng mức bảo mật tối đa
statement-12 = Chấm dứt văn bản chấp thuận
policy-ceiling = Mức bảo mật tối đa của hệ thống: { $label }
policy-accreditation = Văn bản chấp thuận { $number } của { $authority }, có giá trị đến { $until }
authorisation = { $official }: { $level }, nhiệm vụ: { $task }, đến { $until }
authorisations-none = Trong kênh này không ai được giao phạm vi tiếp cận.
statement-13 = Lĩnh vực
statement-14 = Bước xử lý đối với lĩnh vực
field = { $id }  { $name }  ({ $kind }); chủ trì: { $lead }; { $state }
field-other-kind = Cảnh báo: theo các cơ quan và trụ cột tham gia thì đây là { $kind }; loại ghi trong quyết định được áp dụng.
field-state-proposed = đề xuất
field-state-consulting = đang tham vấn
field-state-reported = đã báo cáo Thủ tướng Chính phủ
field-state-decided = đã quyết định, chưa đến ngày hiệu lực
field-state-effective = có hiệu lực
field-state-ended = đã chấm dứt
scope-coordinating = Hội đồng Điều phối ASEAN
scope-pillar = trụ cột Cộng đồng
scope-cross_sector = lĩnh vực liên ngành
scope-cross_pillar = lĩnh vực liên trụ cột
scope-designated = lĩnh vực do Quy chế quy định
ticket-issued = Đã lập phiếu đăng ký thiết bị: { $file }. Phiếu có mã dùng một lần, hiệu lực tối đa 7 ngày; giao tận tay cán bộ, không gửi qua thư điện tử hay tin nhắn.
devices-none = Không có thiết bị nào chờ xác nhận.
device-active = Thiết bị { $device } đã có đủ hai người xác nhận và có hiệu lực.
device-proposed = Đã ghi xác nhận thứ nhất cho thiết bị { $device }; còn cần một người khác đối chiếu mã xác minh và xác nhận.

## Kiểm tra

audit-synced = Đã chép phần nhật ký được phép kiểm tra: { $size } mục, { $streams } luồng (danh bạ và các kênh).
audit-ok = Không phát hiện sai lệch. Đã kiểm tra { $entries } mục và { $signatures } chữ ký kỹ thuật của hệ thống.
audit-findings =
    Phát hiện { $count } sai lệch. Đã kiểm tra { $entries } mục và { $signatures } chữ ký kỹ thuật của hệ thống.
    Giữ nguyên bản sao này làm chứng cứ. Chi tiết:
audit-reported = Đã lập báo cáo kiểm tra: { $file }
audit-diff-same = Hai bản sao giống nhau: không có mục nào mới.
audit-diff-grown = Bản sao mới nối tiếp đúng bản sao cũ: từ { $old } lên { $new } mục. Mọi bản ghi của bản sao cũ còn nguyên trong bản sao mới.
audit-diff-findings = Bản sao mới không nối tiếp đúng bản sao cũ, hoặc một trong hai bản có sai lệch: { $count } sai lệch. Giữ nguyên cả hai bản làm chứng cứ. Chi tiết:
audit-diff-stream = { $stream }: { $records } bản ghi mới ({ $types })
audit-diff-people =   thành viên thêm: { $added }; thành viên rời: { $removed }; thiết bị thêm: { $devices_added }; thiết bị rời: { $devices_removed }
audit-diff-gone = Không còn trong bản sao mới: { $body } của luồng { $stream } ({ $reason })
audit-gone-erasable = họ tên hoặc lời mời vào nhóm, được phép xóa
audit-gone-side = phần kèm theo
audit-gone-body = nội dung đã mã hóa hoặc văn bản mà một mục trỏ tới
audit-copy-old = bản cũ
audit-copy-new = bản mới
audit-copy-both = cả hai bản

## Báo cáo kiểm tra (HTML)

report-title = Báo cáo kiểm tra nhật ký
report-skip = Đến phần sai lệch
report-made = Lập lúc { $time } bằng thamvan { $version }, không cần khóa nội dung, mật khẩu hay kết nối mạng.
report-verdict = Kết luận kiểm tra
report-verdict-ok = Không phát hiện sai lệch: cả { $entries } mục của nhật ký { $origin } đều còn nguyên, đúng thứ tự, được ký hợp lệ và đúng thẩm quyền theo quy tắc của hệ thống.
report-verdict-findings = Phát hiện { $count } sai lệch trong bản sao của nhật ký { $origin }; xem mục “Sai lệch” dưới đây và giữ nguyên bản sao làm chứng cứ.
report-verdict-unreadable = Không có mốc nhật ký đọc được trong bản sao này nên không kiểm tra được gì thêm; xem mục “Sai lệch” dưới đây.
report-checked = Đã kiểm tra những gì
report-checked-files = Từng byte của từng tệp trong bản sao: không thiếu, không thừa, không bị sửa.
report-checked-log = Chữ ký của nhật ký trên mốc nhật ký, chữ ký của các bên làm chứng, và giá trị gốc tính lại từ toàn bộ { $entries } mục.
report-checked-signatures = { $signatures } chữ ký kỹ thuật của hệ thống, từng chữ ký một, theo khóa của thiết bị đã đăng ký vào thời điểm đó.
report-checked-chains = Thứ tự và sự liên tục: mỗi luồng, mỗi người ký, mỗi lần dẫn tới danh bạ và tới mốc nhật ký đã thấy.
report-checked-rights = Thẩm quyền: vai trò, quy tắc hai người, thành lập kênh theo khoản 6 Điều 5, thành viên và thiết bị trong nhóm ({ $commits } lần đổi khóa nhóm), nhãn không vượt mức của kênh và của hệ thống.
report-unchecked = Không kiểm tra những gì
report-unchecked-content = Nội dung tin nhắn và tên kênh: người kiểm tra không có khóa để đọc.
report-unchecked-mls = Bên trong các bản mã hóa đầu cuối: chỉ đối chiếu giá trị băm và phần đầu bản tin, không giải mã.
report-unchecked-later = Những gì xảy ra sau mốc nhật ký này, và việc mốc có phải là mới nhất hay không: hãy so với bản sao lần trước bằng “thamvan audit diff” và với giờ ký của các bên làm chứng.
report-log = Nhật ký
report-log-caption = Mốc nhật ký và những bên đứng sau
report-origin = Tên nhật ký
report-size = Số mục
report-root = Giá trị gốc
report-shard = Phân đoạn
report-signed = Chữ ký của nhật ký
report-quorum = Bên làm chứng phải có
report-quorum-none = chính sách không đòi hỏi bên làm chứng: chỉ có chữ ký của chính nhật ký
report-quorum-reached = { $name }: đã đủ
report-quorum-missing = { $name }: chưa đủ
report-note = Mốc nhật ký, nguyên văn
report-cosignatures = Chữ ký của các bên làm chứng
report-cosignatures-none = Không có chữ ký hợp lệ nào của bên làm chứng.
report-witness = Bên làm chứng
report-time = Thời điểm
report-streams = Luồng
report-streams-caption = Danh bạ và các kênh trong phạm vi kiểm tra
report-stream = Mã luồng
report-kind = Loại
report-kind-directory = Danh bạ
report-kind-channel = Kênh
report-founder = Cơ quan thành lập
report-people = Người lập, người phê duyệt và người thiết lập kỹ thuật hồ sơ kênh
report-label = Nhãn cao nhất
report-records = Số bản ghi
report-void = Trong đó vô hiệu
report-first = Bản ghi đầu
report-last = Bản ghi cuối
report-members = Thành viên
report-devices = Thiết bị
report-complete = Đầy đủ
report-types = Số mục theo loại
report-type = Loại mục
report-count = Số lượng
report-changes = Thay đổi về quyền
report-changes-caption = Ai được giao hoặc bị thu quyền gì, do ai
report-changes-none = Không có thay đổi nào về quyền.
report-changes-left-out = Còn { $count } thay đổi không liệt kê ở đây.
report-index = Mục số
report-change = Thay đổi
report-subject = Cán bộ hoặc thiết bị
report-about = Vai trò, đầu mối hoặc phạm vi
report-remark = Tên thiết bị hoặc lý do
report-by = Do
report-by-root = khóa gốc
report-by-one = { $official }
report-by-two = đề nghị: { $first }; xác nhận: { $second }
report-by-waiting = { $first } đề nghị, chưa có người thứ hai, chưa có hiệu lực; hạn: { $expires }
report-findings = Sai lệch
report-findings-none = Không có.
report-findings-caption = Từng sai lệch, ý nghĩa và việc cần làm
report-code = Mã
report-severity = Mức độ
report-severity-error = sai lệch
report-severity-warning = lưu ý
report-place = Ở đâu
report-place-index = mục { $index }
report-place-record = luồng { $stream }, bản ghi { $seq }
report-place-stream = luồng { $stream }
report-detail = Chi tiết kỹ thuật
report-meaning = Ý nghĩa
report-todo = Việc cần làm
report-yes = có
report-no = không
report-national = toàn hệ thống
change-seat_appoint = Cử vào đầu mối
change-role_grant = Giao vai trò
change-role_revoke = Thu vai trò
change-device_enrol = Đăng ký thiết bị
change-device_revoke = Thu hồi quyền thiết bị
change-member_add = Thêm thành viên kênh
change-member_remove = Đưa thành viên ra khỏi kênh
change-member_leave = Thành viên rời kênh
change-channel_close = Đóng kênh
finding-entry_hash = Một mục, bản ghi, nội dung hoặc khóa luồng không đúng với giá trị băm của chính nó, hoặc không đúng định dạng.
todo-entry_hash = Chép lại bản sao từ máy chủ vào một thư mục khác và kiểm tra lại. Nếu vẫn còn, máy chủ đã sửa dữ liệu hoặc giao dữ liệu khác: giữ cả hai bản và báo cáo.
finding-tile_hash = Một tệp băm của nhật ký không khớp với các mục.
todo-tile_hash = Xóa đúng tệp đó, chạy lại “audit sync” rồi kiểm tra lại; nếu vẫn còn, máy chủ công bố nhật ký sai: giữ bản sao và báo cáo.
finding-root_mismatch = Các mục không tạo thành giá trị gốc mà nhật ký đã ký.
todo-root_mismatch = Giữ nguyên bản sao. Chép lại vào thư mục khác; nếu kết quả như cũ thì nhật ký đã ký một nội dung khác với nội dung được giao: báo cáo ngay.
finding-bad_signature = Một chữ ký của nhật ký, của khóa gốc hoặc của thiết bị không hợp lệ, hoặc bản ghi khởi tạo và chính sách không phải bản đã biết trước.
todo-bad_signature = Trước hết kiểm tra tệp chính sách và giá trị băm của bản ghi khởi tạo đã nêu đúng chưa. Nếu đúng, có người ghi nhật ký bằng khóa không được phép: báo cáo ngay.
finding-bad_cosignature = Chữ ký của bên làm chứng không hợp lệ, của khóa lạ, lặp lại, hoặc chưa đủ số bên theo chính sách.
todo-bad_cosignature = Kiểm tra tệp chính sách có đúng bản hiện hành không; hỏi bên làm chứng qua đường khác xem đã ký mốc nào. Chưa đủ bên làm chứng thì chưa loại trừ được việc mỗi người được cho xem một nhật ký khác nhau.
finding-record_order = Một bản ghi hoặc mục không nối tiếp đúng: số thứ tự, giá trị băm của mục trước, danh bạ hoặc giờ của nhật ký.
todo-record_order = Giữ nguyên bản sao và báo cáo: máy chủ đã xếp sai thứ tự, hoặc một thiết bị đã bị sao chép hay quay về trạng thái cũ; hỏi chủ thiết bị.
finding-missing_entry = Nhật ký có mục mà bản sao không có bản ghi, hoặc bản sao có bản ghi mà nhật ký không có.
todo-missing_entry = Kiểm tra phạm vi được phép kiểm tra, chạy lại “audit sync”. Nếu vẫn thiếu, máy chủ giữ lại một phần nhật ký: yêu cầu người vận hành giải trình.
finding-duplicate_seq = Một vị trí trong luồng được dùng hai lần.
todo-duplicate_seq = Giữ nguyên bản sao và báo cáo: máy chủ có thể đã cho hai người xem hai bản ghi khác nhau ở cùng một vị trí.
finding-label_mismatch = Một mục mang nhãn cao hơn mức của kênh.
todo-label_mismatch = Mục này vô hiệu. Báo cơ quan thành lập kênh và chủ thiết bị; xem vì sao máy chủ không từ chối.
finding-label_above_ceiling = Một mục mang nhãn cao hơn mức bảo mật tối đa của hệ thống.
todo-label_above_ceiling = Xử lý như sự cố: thông tin thuộc danh mục bí mật nhà nước không được đưa vào hệ thống này. Báo ngay người có trách nhiệm theo pháp luật về bảo vệ bí mật nhà nước.
finding-membership_unauthorised = Một kênh, một thành viên hoặc một người gửi không có văn bản nào trong nhật ký cho phép.
todo-membership_unauthorised = Xem ai đã ký mục này; hỏi cơ quan thành lập kênh. Mục này vô hiệu đối với mọi thiết bị đúng quy tắc.
finding-commit_invalid = Một lần đổi khóa nhóm hoặc một tin nhắn không thuộc thời kỳ khóa hiện hành của nhóm.
todo-commit_invalid = Mục này vô hiệu. Nếu lặp lại với một thiết bị, hỏi chủ thiết bị; thiết bị có thể đã quay về trạng thái cũ.
finding-act_invalid = Một mục vô hiệu vì lý do khác: đã hết hạn, lặp lại, sai giờ hoặc loại chưa biết.
todo-act_invalid = Xem chi tiết kỹ thuật. Loại mục chưa biết thì dùng phiên bản thamvan mới rồi kiểm tra lại; nếu không, máy chủ lẽ ra phải từ chối mục này.
finding-dual_control_violated = Một việc do người không có quyền thực hiện, hoặc do một người thực hiện trong khi phải có hai người.
todo-dual_control_violated = Mục này không có hiệu lực. Báo cáo ngay: hỏi cả hai người liên quan và người vận hành, vì máy chủ đã ghi một việc lẽ ra phải từ chối.
finding-rollback = Nhật ký nhỏ hơn nhật ký đã thấy trước đó.
todo-rollback = Kiểm tra hai bản sao có bị nêu ngược thứ tự không. Nếu không, nhật ký đã bị quay lui: giữ cả hai bản làm chứng cứ và báo cáo ngay.
finding-fork = Có hai nhật ký khác nhau dưới cùng một tên: một người đã thấy mốc nhật ký không thuộc nhật ký này, hoặc bản sao mới không nối tiếp bản sao cũ.
todo-fork = Đây là chứng cứ máy chủ cho xem những nhật ký khác nhau. Giữ nguyên các bản sao, báo các bên làm chứng và cấp quản lý ngay.
finding-partial_tile = Có tệp nhật ký chưa đầy với độ rộng không thuộc mốc nhật ký này.
todo-partial_tile = Thường do lần chép trước để lại: chạy lại “audit sync”. Nếu mốc nhật ký nhỏ hơn các tệp đang có, coi như dấu hiệu quay lui và so với bản sao cũ.
finding-missing_file = Thiếu một tệp phải có.
todo-missing_file = Chạy lại “audit sync”. Nếu máy chủ không giao được tệp đó, nội dung đã bị xóa mà không có mục nào cho phép: yêu cầu người vận hành giải trình.
finding-extra_file = Có tệp, thư mục hoặc liên kết không thuộc bản sao.
todo-extra_file = Chuyển tệp đó ra ngoài và tìm hiểu ai đã đặt vào; bản sao chỉ gồm những gì máy chủ giao.
finding-index_mismatch = Tệp index.json không khớp với phần còn lại của bản sao.
todo-index_mismatch = Chạy lại “audit sync” để lập lại tệp; nếu các sai lệch khác cũng xuất hiện, xử lý các sai lệch đó trước.

## Trợ giúp: lệnh

help = Tham vấn nhanh về hợp tác ASEAN: kênh mã hóa đầu cuối, nhật ký hệ thống có ký xác thực; không dùng cho bí mật nhà nước
help-enrol = Đăng ký thiết bị này bằng phiếu đăng ký thiết bị
help-status = Xem trạng thái của thiết bị (không cần kết nối)
help-devices = Liệt kê các thiết bị của bản thân
help-channels = Liệt kê các kênh trao đổi thông tin
help-read = Đọc tin nhắn của một kênh
help-send = Gửi tin nhắn vào một kênh; không nhập thông tin thuộc danh mục bí mật nhà nước
help-channel = Lập hồ sơ, thiết lập và quản lý thành viên của kênh
help-channel-found = Lập hồ sơ thành lập kênh (khoản 6 Điều 5)
help-channel-approve = Phê duyệt hồ sơ thành lập kênh; người phê duyệt không phải người lập hồ sơ
help-channel-provision = Thiết lập kỹ thuật kênh đã có hồ sơ được phê duyệt (việc của quản trị viên hệ thống)
help-channel-start = Khởi động kênh đã thiết lập kỹ thuật (việc của cơ quan thành lập kênh)
help-channel-add = Thêm một cán bộ làm thành viên kênh
help-channel-remove = Đưa một thành viên ra khỏi kênh
help-channel-leave = Rời kênh; một thành viên khác đưa thiết bị của bạn ra khỏi nhóm
help-channel-close = Đóng kênh: không nhận thêm nội dung, nội dung đã có vẫn đọc được
help-channel-show = Xem thông tin của một kênh
help-admin = Quản trị danh bạ, vai trò và thiết bị
help-admin-authority = Khóa gốc: lập hệ thống và xác nhận những thiết bị đầu tiên, không cần mạng
help-admin-authority-init = Tạo khóa gốc, bản ghi khởi tạo và các phiếu đăng ký đầu tiên
help-admin-authority-device = Xác nhận một thiết bị bằng khóa gốc sau khi đối chiếu mã xác minh
help-admin-agency = Cơ quan trong danh bạ
help-admin-agency-add = Thêm hoặc cập nhật một cơ quan
help-admin-agency-list = Liệt kê các cơ quan
help-admin-official = Cán bộ trong danh bạ
help-admin-official-add = Thêm một cán bộ
help-admin-official-list = Liệt kê cán bộ và số thiết bị
help-admin-seat = Đầu mối của các cơ quan
help-admin-seat-add = Thêm một đầu mối
help-admin-seat-appoint = Cử một cán bộ vào đầu mối (cần hai người)
help-admin-role = Vai trò trong hệ thống
help-admin-role-grant = Giao vai trò cho một cán bộ (cần hai người)
help-admin-role-revoke = Thu hồi vai trò của một cán bộ
help-admin-policy = Mức bảo mật tối đa của hệ thống
help-admin-policy-show = Xem mức bảo mật tối đa và các văn bản chấp thuận đang có giá trị
help-admin-policy-accreditation = Văn bản chấp thuận của cơ quan có thẩm quyền
help-admin-policy-accreditation-add = Ghi văn bản chấp thuận (cần hai người của hai cơ quan)
help-admin-policy-accreditation-end = Chấm dứt văn bản chấp thuận trước hạn
help-admin-authorise = Phạm vi được phép tiếp cận trong kênh có độ mật
help-admin-authorise-grant = Cho phép một người được giao nhiệm vụ tiếp cận, có thời hạn
help-admin-authorise-end = Chấm dứt phạm vi được phép tiếp cận của một người
help-admin-authorise-list = Liệt kê những người được phép tiếp cận
help-admin-field = Lĩnh vực liên ngành, liên trụ cột và lĩnh vực do Quy chế quy định
help-admin-field-propose = Đề xuất một lĩnh vực mới (khoản 7 Điều 3)
help-admin-field-designate = Ghi lĩnh vực do chính Quy chế quy định, khoản 5 và khoản 6 Điều 3 (cần hai người)
help-admin-field-consulted = Ghi một cơ quan đã trả lời tham vấn hoặc đã quá hạn, chưa có ý kiến
help-admin-field-report = Ghi việc báo cáo Thủ tướng Chính phủ
help-admin-field-decide = Ghi quyết định của Thủ tướng Chính phủ (cần hai người)
help-admin-field-end = Ghi việc chấm dứt một lĩnh vực hoặc thôi đề xuất
help-admin-field-list = Liệt kê các lĩnh vực, cơ quan chủ trì và trạng thái
help-admin-device = Phiếu đăng ký, xác nhận và thu hồi quyền thiết bị
help-admin-device-ticket = Lập phiếu đăng ký thiết bị cho một cán bộ
help-admin-device-list = Liệt kê thiết bị chờ xác nhận
help-admin-device-approve = Xác nhận một thiết bị sau khi đối chiếu mã xác minh (cần hai người)
help-admin-device-revoke = Thu hồi quyền thiết bị
help-admin-proposal = Đề nghị cần người thứ hai xác nhận
help-admin-proposal-list = Liệt kê đề nghị chờ xác nhận
help-admin-proposal-approve = Xác nhận một đề nghị với tư cách người thứ hai
help-admin-import = Nhập danh bạ và kênh từ danh sách (JSON hoặc CSV): mỗi người chạy cùng lệnh này để làm phần việc của mình; chạy lại không làm thay đổi gì thêm
help-admin-explain = Giải thích theo những bản ghi nào một người đọc được hay không đọc được một kênh
help-audit = Công việc của người kiểm tra
help-audit-sync = Chép phần nhật ký được phép kiểm tra vào một thư mục
help-audit-verify = Kiểm tra tính toàn vẹn nhật ký từ bản sao (không cần mạng, không cần mật khẩu)
help-audit-report = Lập báo cáo kiểm tra dễ đọc từ bản sao (HTML, in được)
help-audit-diff = So hai bản sao của cùng một nhật ký: bản mới có nối tiếp đúng bản cũ không, có gì mới, mất gì
help-witness = Bên làm chứng: xác nhận độc lập rằng nhật ký chỉ được ghi thêm
help-witness-init = Tạo khóa và thư mục của một bên làm chứng
help-witness-run = Chạy bên làm chứng cho tới khi dừng lệnh
help-witness-watch = Cho một bên làm chứng đang dừng theo dõi thêm một nhật ký
help-completion = In tập lệnh tự hoàn thành cho trình dòng lệnh

## Trợ giúp: tham số

heading-usage = Cách dùng
heading-commands = Các lệnh
heading-arguments = Tham số
heading-options = Tùy chọn
note-values = các giá trị: { $values }
note-default = mặc định: { $value }
note-variable = biến môi trường: { $name }
arg-help = Xem trợ giúp
arg-version = Xem phiên bản
arg-home = Thư mục dữ liệu của thiết bị (mặc định: ~/.local/share/thamvan)
arg-lang = Ngôn ngữ hiển thị: vi hoặc en
arg-json = In kết quả dạng JSON cho chương trình khác đọc
arg-ticket = Phiếu đăng ký thiết bị: tệp hoặc nội dung phiếu
arg-no-wait = Không chờ xác nhận; chạy lại lệnh sau
arg-name = Tên: của thiết bị (enrol), của kênh (channel found), hoặc họ tên cán bộ (admin official add)
arg-root = Tệp xác nhận bằng khóa gốc, do “admin authority device” lập
arg-channel = Kênh: mã, ít nhất 6 ký tự đầu của mã, hoặc đúng tên kênh
arg-since = Chỉ hiện từ số thứ tự này trở đi
arg-follow = Tiếp tục hiện tin mới cho tới khi dừng lệnh
arg-text = Nội dung; ghi “-” để đọc từ đầu vào chuẩn
arg-label = Nhãn: public (Công khai), internal (Nội bộ), restricted (Hạn chế); với kênh là mức cao nhất, với tin nhắn mặc định bằng mức của kênh
arg-official = Cán bộ, dạng tên@cơ_quan, ví dụ lan@mofa
arg-reason = Lý do, được ghi vào nhật ký
arg-purpose = Mục đích của kênh hoặc của đầu mối
arg-scope = Với kênh: acc, hoặc LOẠI:MÃ (pillar, cross_sector, cross_pillar, designated), ví dụ pillar:aec; với vai trò: cơ quan mà vai trò áp dụng
arg-members = Các cơ quan thành viên, cách nhau bằng dấu phẩy, gồm cả cơ quan thành lập kênh
arg-retention-days = Thời hạn lưu trữ, tính bằng ngày
arg-review-days = Số ngày cho tới kỳ rà soát kênh
arg-dir = Thư mục khóa gốc, giữ ở nơi không nối mạng
arg-request = Tệp enrolment.request trong thư mục dữ liệu của thiết bị
arg-code = Mã xác minh do chủ thiết bị đọc trực tiếp hoặc qua điện thoại
arg-out = Nơi ghi kết quả: tệp mới, không ghi đè; với “audit sync” là thư mục bản sao, với “audit report” là tệp HTML, được thay mới mỗi lần lập
arg-policy = Tệp chính sách nhật ký (tlog-policy)
arg-server = Máy chủ, dạng tên:cổng
arg-ca = Tệp PEM chứng thư của tổ chức phát hành chứng thư cho máy chủ
arg-threshold = Số khóa gốc phải cùng ký
arg-keys = Tổng số khóa gốc
arg-agency = Cơ quan: MÃ;LOẠI;TÊN TIẾNG VIỆT;TÊN TIẾNG ANH[;PHẠM VI CHỦ TRÌ,…]; loại: bo, co_quan_ngang_bo, co_quan_thuoc_chinh_phu, phai_doan, ngoai_chinh_phu, dia_phuong, don_vi_thuoc_bo, khac
arg-agencies = Cơ quan của những cán bộ đầu tiên, mỗi cơ quan một lần: MÃ;LOẠI;TÊN TIẾNG VIỆT;TÊN TIẾNG ANH[;PHẠM VI CHỦ TRÌ,…]
arg-administrator = Quản trị viên hệ thống đầu tiên: MÃ;HỌ TÊN, ví dụ “an@mofa;Nguyễn Văn An”
arg-approver = Người phê duyệt đầu tiên: MÃ;HỌ TÊN
arg-seat = Đầu mối, dạng cơ_quan/tên, ví dụ mofa/main
arg-role = Với đầu mối: primary (phụ trách chính), deputy (phó), acting (tạm thời phụ trách); với “admin role”: national_administrator, agency_administrator, approver, auditor, records_custodian, witness
arg-speak-for = Được cho ý kiến thay mặt cơ quan
arg-device = Mã thiết bị; khi xác nhận có thể ghi phần đầu của mã
arg-proposals = Mã đề nghị, ít nhất 6 ký tự đầu; có thể nêu nhiều mã
arg-all = Xác nhận mọi đề nghị của danh sách vừa xem; ghi mã ở cuối danh sách đó
arg-lists = Danh sách: asean-directory.json, hoặc bảng CSV UTF-8 về cơ quan, cán bộ, đầu mối hay kênh; có thể nêu nhiều tệp
arg-dry-run = Chỉ xem sẽ thay đổi gì, không ghi
arg-copy = Thư mục bản sao, do “audit sync” lập
arg-old = Thư mục bản sao cũ
arg-new = Thư mục bản sao mới
arg-genesis = Giá trị băm của bản ghi khởi tạo, hoặc tệp chứa giá trị đó (genesis.hash)
arg-witness-dir = Thư mục của bên làm chứng
arg-witness-name = Tên của bên làm chứng, là tên khóa của bên đó
arg-witness-listen = Địa chỉ nhận kết nối, dạng địa chỉ:cổng
arg-witness-logs = Khóa công khai (vkey) của nhật ký được làm chứng; có thể nêu nhiều lần
arg-shell = Loại trình dòng lệnh
arg-authority = Cơ quan chấp thuận
arg-level = Mức: mat, toi_mat hoặc tuyet_mat
arg-measure = Phạm vi: independent_lan (mạng LAN độc lập) hoặc cipher (giải pháp cơ yếu)
arg-systems = Hệ thống được chấp thuận, theo hồ sơ hoặc văn bản
arg-file = Tệp văn bản; chỉ ghi giá trị băm vào nhật ký
arg-task = Nhiệm vụ được giao
arg-document = Văn bản cho phép: số, ký hiệu và ngày
arg-field = Mã lĩnh vực: chữ thường không dấu, chữ số và dấu gạch dưới, ví dụ connectivity
arg-name-vi = Tên chính thức bằng tiếng Việt
arg-name-en = Tên bằng tiếng Anh
arg-lead = Cơ quan chủ trì; với “field decide”: theo quyết định, mặc định là cơ quan được đề xuất
arg-supporting = Cơ quan phối hợp; có thể nêu nhiều lần
arg-participants = Cơ quan tham gia và trụ cột, dạng CƠ_QUAN:TRỤ_CỘT (apsc, aec, ascc); có thể nêu nhiều lần
arg-initiator = Cơ quan đề xuất: cơ quan chủ trì trụ cột (liên ngành) hoặc cơ quan điều phối quốc gia (liên trụ cột)
arg-basis = Căn cứ
arg-consultee = Cơ quan được tham vấn
arg-outcome = answered (đã trả lời) hoặc overdue (quá hạn, chưa có ý kiến)
arg-reference = Số, ký hiệu và ngày của văn bản
arg-number = Số, ký hiệu của quyết định
arg-date = Ngày của văn bản, ví dụ 2026-11-30
arg-summary = Trích yếu nội dung
arg-kind = Loại ghi trong quyết định: cross_sector hoặc cross_pillar; mặc định là loại đã đề xuất
arg-from = Ngày hoặc thời điểm bắt đầu; mặc định là bây giờ
arg-until = Ngày hoặc thời điểm hết hiệu lực

## Tham vấn: từ chối

error-consultation = Thiết bị này từ chối trước khi gửi vì việc này trái quy tắc tham vấn (chi tiết kỹ thuật: { $detail }).
hint-consultation = Xem cuộc tham vấn bằng “thamvan consult show” rồi làm bước phù hợp. Chưa có gì được gửi đi.
error-content = Thiết bị này từ chối trước khi gửi vì nội dung còn thiếu (chi tiết kỹ thuật: { $detail }).
hint-content = Bổ sung nội dung rồi chạy lại lệnh. Chưa có gì được gửi đi.
error-act = Máy chủ từ chối vì việc này trái quy tắc tham vấn tại thời điểm ghi nhật ký (chi tiết kỹ thuật: { $detail }).
hint-act = Chạy lại “thamvan consult show” để đọc bản mới nhất, rồi làm bước phù hợp.
error-consultation_unknown = Kênh không có cuộc tham vấn này.
hint-consultation_unknown = Tra lại mã bằng “thamvan consult list”.
error-consultation_exists = Kênh đã có cuộc tham vấn mang mã này.
hint-consultation_exists = Chạy lại lệnh để tạo mã khác.
error-consultation_ended = Cuộc tham vấn đã kết luận hoặc đã rút: sau đó không thay đổi được gì nữa.
hint-consultation_ended = Nếu cần lấy lại ý kiến, cơ quan chủ trì mở một cuộc tham vấn mới.
error-act_facts = Việc này thiếu hoặc thừa thông tin bắt buộc, nên không được ghi.
hint-act_facts = Cập nhật thamvan rồi chạy lại lệnh; nếu lặp lại, báo quản trị viên hệ thống.
error-other_seat = Chỉ người giữ đầu mối mới trả lời, xác nhận hoặc báo đã xem thay cho đầu mối đó.
hint-other_seat = Dùng thiết bị của người được cử vào đầu mối đó; cấp phó nêu đầu mối bằng --acting-for.
error-E4 = Chưa được cử thay mặt cơ quan, nên không cho ý kiến thay mặt cơ quan được (quy tắc E4).
hint-E4 = Người được cử thay mặt cơ quan trả lời; hoặc ghi --capacity unit, personal: ý kiến đó được lưu nhưng không tính là ý kiến của cơ quan.
error-not_the_lead = Chỉ cơ quan chủ trì cuộc tham vấn làm được việc này.
hint-not_the_lead = Đề nghị cơ quan chủ trì thực hiện; xem cơ quan đó bằng “thamvan consult show”.
error-not_asked = Đầu mối này không được hỏi trong cuộc tham vấn.
hint-not_asked = Gửi tin nhắn trong kênh, hoặc đề nghị cơ quan chủ trì mở cuộc tham vấn có hỏi cơ quan này.
error-asked = Danh sách cơ quan được hỏi để trống, quá dài, có cơ quan nêu hai lần, hoặc có chính cơ quan chủ trì.
hint-asked = Sửa --to và --tell: mỗi cơ quan một lần, không có cơ quan của mình, tối đa 48 đầu mối.
error-unknown_agency = Có cơ quan không có trong danh bạ, không thuộc kênh, hoặc chưa có thành viên nào trong kênh.
hint-unknown_agency = Xem thành viên bằng “thamvan channel show”; cơ quan thành lập kênh thêm thành viên bằng “thamvan channel add”.
error-R18_2 = Nội dung gửi Phái đoàn Việt Nam tại ASEAN phải đồng thời thông báo cho Ban Thư ký Quốc gia về ASEAN (khoản 2 Điều 18, quy tắc R18.2).
hint-R18_2 = Thêm Ban Thư ký (đầu mối secretariat của Cơ quan điều phối) vào kênh rồi chạy lại lệnh; hệ thống tự thông báo cho Ban Thư ký.
error-S7 = Chưa xác nhận rằng nội dung không có thông tin thuộc danh mục bí mật nhà nước (quy tắc S7).
hint-S7 = Đọc lại nội dung và tệp kèm theo; nếu không có thông tin thuộc danh mục bí mật nhà nước thì thêm --attest. Nếu có: không nhập vào hệ thống này.
error-deadline = Hạn trả lời phải ở phía trước ít nhất 10 giây, không quá một năm, và sau hạn đang có hiệu lực.
hint-deadline = Ghi hạn mới bằng --deadline, ví dụ +2h hoặc 2026-11-30T17:00:00+07:00.
error-unknown_template = Mẫu tham vấn này do phiên bản mới hơn dùng; kênh chỉ đọc được cho tới khi nâng cấp.
hint-unknown_template = Cài phiên bản thamvan mới do quản trị viên hệ thống cung cấp.
error-opener = Cuộc tham vấn theo mẫu này do cơ quan khác mở.
hint-opener = Lĩnh vực mới liên trụ cột do Cơ quan điều phối quốc gia về ASEAN tham vấn (điểm b khoản 7 Điều 3); đề nghị cơ quan có thẩm quyền mở, hoặc dùng mẫu general.
error-field = Mẫu này cần một lĩnh vực đang được đề xuất, đúng loại và chưa có quyết định; mẫu khác không nêu lĩnh vực.
hint-field = Xem lĩnh vực bằng “thamvan admin field list”; đề xuất bằng “thamvan admin field propose”, rồi nêu mã bằng --field.
error-mandatory_missing = Còn thiếu cơ quan mà Quy chế buộc phải tham vấn: cơ quan được đề nghị chủ trì và mọi cơ quan liên quan của lĩnh vực (điểm b khoản 7 Điều 3).
hint-mandatory_missing = Xem các cơ quan phải tham vấn ở mục awaited của “thamvan --json admin field list” rồi bổ sung vào --to.
error-stale_question = Câu hỏi đã được sửa sau khi ý kiến này được soạn, nên ý kiến không được tự gắn vào câu hỏi mới.
hint-stale_question = Đọc câu hỏi hiện tại bằng “thamvan consult show” rồi trả lời lại.
error-stale_opinion = Ý kiến hiện tại của cơ quan đã thay đổi sau khi ý kiến này được soạn.
hint-stale_opinion = Xem ý kiến hiện tại bằng “thamvan consult show” rồi trả lời lại.
error-repeated = Đầu mối này đã xác nhận việc đó rồi.
hint-repeated = Không cần làm gì thêm.
error-deadline_order = Gia hạn chỉ làm trước khi hết hạn; sau khi hết hạn thì mở lại.
hint-deadline_order = Dùng “thamvan consult extend” trước hạn, “thamvan consult reopen” sau hạn.
error-nobody_awaited = Mọi cơ quan được hỏi đã trả lời, không còn ai để nhắc.
hint-nobody_awaited = Xem ý kiến bằng “thamvan consult show” và kết luận.
error-reminded_recently = Vừa nhắc cách đây chưa đầy một phút.
hint-reminded_recently = Chờ một phút rồi nhắc lại.
error-W2 = Còn cơ quan chưa trả lời và chưa hết hạn. Im lặng không bao giờ được coi là đồng ý (quy tắc W2).
hint-W2 = Chờ đủ ý kiến hoặc hết hạn rồi kết luận; có thể nhắc bằng “thamvan consult remind”.
error-counts = Có ý kiến mới đến sau khi kết luận này được soạn, nên kết luận chưa tính đủ.
hint-counts = Đọc ý kiến mới bằng “thamvan consult show” rồi kết luận lại.
error-R4_4 = Lý do không được để trống (khoản 4 Điều 4, quy tắc R4.4).
hint-R4_4 = Ghi ít nhất một câu bằng --reason.
error-opinion_reason = Ý kiến không nhất trí hoặc nhất trí có bổ sung phải nêu nội dung.
hint-opinion_reason = Ghi lý do hoặc nội dung bổ sung bằng --text.
error-words_missing = Nội dung bắt buộc để trống (chi tiết kỹ thuật: { $detail }).
hint-words_missing = Ghi nội dung rồi chạy lại lệnh.
error-words_too_long = Nội dung quá dài: ý kiến có tối đa 4.000 byte, để kết luận nhắc lại được nguyên văn (chi tiết kỹ thuật: { $detail }).
hint-words_too_long = Rút ngắn, hoặc gửi phần dài thành tệp kèm theo.
error-dissent = Kết luận phải nhắc lại nguyên văn mọi ý kiến không nhất trí.
hint-dissent = Chạy lại lệnh: hệ thống tự đưa nguyên văn các ý kiến đó vào kết luận.
error-acting_for = Cấp phó hoặc người tạm thời phụ trách phải nêu rõ trả lời thay đầu mối nào (chi tiết kỹ thuật: { $detail }).
hint-acting_for = Thêm --acting-for và mã đầu mối, ví dụ --acting-for moit/main.
usage-word = “{ $given }” không dùng được ở đây; các giá trị: { $known }.
usage-deadline = “{ $given }” không phải là hạn hợp lệ; ghi +15m, +2h, +1d (giây s, phút m, giờ h, ngày d) hoặc một thời điểm như 2026-11-30T17:00:00+07:00.

## Tham vấn

consult-none = Không có cuộc tham vấn nào.
consult-headline = { $id }  [{ $urgency }] { $title }  [{ $label }]  { $state }; hạn { $deadline }; đã trả lời { $answered }/{ $asked }
consult-lead = Chủ trì: { $seat }
consult-reason = Lý do gấp: { $text }
consult-question = Đề nghị cho ý kiến: { $text }
consult-seats = Các cơ quan:
consult-seat = {"  "}{ $seat }: { $words }
consult-opinion = {"    "}“{ $text }”
consult-event = { $time }  { $what }  { $official } ({ $seat }){ $notes }
consult-conclusion = Kết luận tham vấn: { $text }
consult-dissent = {"  "}Ý kiến không nhất trí của { $seat }, nguyên văn: “{ $text }”
consult-footer = Kết quả tham vấn nhanh; không thay thế văn bản lấy ý kiến/trả lời chính thức theo quy định pháp luật.
consult-technical = Mỗi việc mang chữ ký kỹ thuật của hệ thống; chưa có giá trị văn bản chính thức.
consult-not-in-channel = chưa vào kênh
consult-told = được thông báo
consult-answer = { $position } (lần { $revision })
consult-late = trả lời sau hạn
consult-silent = Chưa trả lời
consult-overdue-silent = Quá hạn – chưa trả lời
consult-deadline = hạn { $time }
consult-state-collecting = đang lấy ý kiến
consult-state-overdue = quá hạn
consult-state-complete = đủ ý kiến
consult-state-concluded = đã kết luận
consult-state-withdrawn = đã rút
urgency-normal = Thường
urgency-khan = Khẩn
urgency-thuong_khan = Thượng khẩn
urgency-hoa_toc = Hỏa tốc
position-agree = Nhất trí
position-agree_with_comments = Nhất trí, có ý kiến bổ sung
position-disagree = Không nhất trí
position-no_opinion = Không có ý kiến
capacity-agency = thay mặt cơ quan
capacity-unit = thay mặt đơn vị đầu mối
capacity-personal = ý kiến chuyên môn cá nhân
event-delivered = đã nhận
event-viewed = đã xem
event-acknowledged = đã tiếp nhận
act-consultation-open = Đề nghị cho ý kiến
act-consultation-extend = Gia hạn trả lời
act-consultation-reopen = Mở lại
act-consultation-remind = Nhắc cơ quan chưa trả lời
act-consultation-conclude = Kết luận tham vấn
act-consultation-withdraw = Rút cuộc tham vấn
act-question-revise = Sửa câu hỏi
act-answer = Trả lời
act-delivered = Đã nhận
act-viewed = Đã xem
act-acknowledged = Đã tiếp nhận
consult-opened = Đã mở cuộc tham vấn { $id }: { $entry }
consult-acknowledged = Đã báo tiếp nhận cuộc tham vấn { $id }: { $entry }
consult-answered = Đã ghi ý kiến vào nhật ký: { $entry }
consult-reminded = Đã nhắc các cơ quan chưa trả lời: { $entry }
consult-postponed = Đã ghi hạn trả lời mới: { $entry }
consult-revised = Đã sửa câu hỏi; các cơ quan trả lời lại: { $entry }
consult-concluded = Đã ghi kết luận tham vấn: { $entry }
consult-withdrawn = Đã rút cuộc tham vấn: { $entry }

## Tham vấn: trợ giúp

help-consult = Tham vấn: mở, xem, trả lời, nhắc, gia hạn, kết luận
help-consult-open = Mở cuộc tham vấn trong một kênh
help-consult-list = Liệt kê các cuộc tham vấn, hạn gần nhất trước
help-consult-show = Xem câu hỏi, từng cơ quan và diễn biến; việc xem được ghi nhật ký
help-consult-ack = Báo đã tiếp nhận
help-consult-answer = Trả lời hoặc sửa ý kiến của cơ quan mình
help-consult-remind = Nhắc những cơ quan chưa trả lời
help-consult-extend = Gia hạn trả lời trước khi hết hạn
help-consult-reopen = Mở lại với hạn mới sau khi hết hạn
help-consult-revise = Sửa câu hỏi; ý kiến đã có thuộc câu hỏi cũ
help-consult-conclude = Kết luận, nêu nguyên văn ý kiến không nhất trí
help-consult-withdraw = Rút cuộc tham vấn, có lý do
arg-consultation = Mã (từ 6 ký tự đầu) hoặc đúng tiêu đề của cuộc tham vấn
arg-waiting = Chỉ những cuộc đang chờ cơ quan mình
arg-conclusion = Nội dung kết luận
arg-template = Mẫu: general, new_field_3_7b
arg-title = Tiêu đề
arg-question = Câu hỏi, nội dung đề nghị cho ý kiến
arg-urgency = Mức độ khẩn: normal, khan, thuong_khan, hoa_toc
arg-deadline = Hạn trả lời: +15m, +2h, hoặc thời điểm RFC 3339
arg-to = Cơ quan hoặc đầu mối được hỏi, cách nhau bằng dấu phẩy
arg-tell = Cơ quan hoặc đầu mối được thông báo, không phải trả lời
arg-attest = Xác nhận nội dung không có thông tin thuộc danh mục bí mật nhà nước
arg-secret-list = Danh mục bí mật nhà nước đã đối chiếu
arg-position = Ý kiến: agree, agree_with_comments, disagree, no_opinion
arg-capacity = Tư cách: agency (thay mặt cơ quan), unit, personal
arg-acting-for = Đầu mối mà cấp phó trả lời thay
arg-said-reason = Lý do; chỉ thành viên kênh đọc được
arg-opinion-text = Lý do hoặc nội dung ý kiến, tối đa 4.000 byte

## Báo cáo kiểm tra: các cuộc tham vấn

report-checked-acts = Các cuộc tham vấn: { $acts } việc được ghi đúng quy tắc, ai được hỏi, ai trả lời lúc nào, hạn, nhắc, gia hạn, kết luận tính đúng những ý kiến hiện có.
report-unchecked-opinions = Nội dung câu hỏi, ý kiến và kết luận: chỉ thành viên kênh đọc được; thành viên đối chiếu rằng kết luận nêu nguyên văn ý kiến không nhất trí.
report-consultations = Các cuộc tham vấn
report-consultations-none = Không có cuộc tham vấn nào.
report-consultation-about = Chủ trì: { $lead }. Căn cứ: { $basis }. Mở lúc { $opened }, hạn trả lời { $deadline }. Người mở đã xác nhận nội dung không thuộc danh mục bí mật nhà nước, theo: { $list }.
report-consultation-field = Về lĩnh vực: { $field }.
report-agencies = Từng cơ quan
report-agency = Đầu mối
report-answered = đã trả lời
report-revisions = Số lần trả lời
report-response = Thời gian trả lời
report-minutes = { $minutes } phút
report-timeline = Diễn biến
report-timeline-left-out = Còn { $count } việc không liệt kê ở đây.
report-act = Việc
report-repeat = Tự kiểm tra lại
report-repeat-words = Bản sao, tệp chính sách và giá trị băm của bản ghi khởi tạo là đủ; không cần máy chủ, tài khoản hay khóa nội dung. Chữ in hoa thay cho giá trị của người kiểm tra.
report-repeat-rust = Chương trình này, trên máy khác:
report-repeat-python = Bộ kiểm tra bằng Python, viết riêng theo tài liệu giao thức:
report-repeat-all = Cả ba, gồm phần nhật ký bằng thư viện sumdb của Go, và trên các bản sao bị làm hỏng có chủ ý:
